//! A session on PostgreSQL: Diesel renders statements and binds values, tokio-postgres carries them.
//!
//! diesel-async does the same with three locks, two boxes and a copy of the text for each statement: 7 µs, where a statement that
//! finds a row by its key takes 12 in all.

use super::error::DbError;
use super::observe::{Observer, report};
use diesel::{
    deserialize::FromSqlRow,
    pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata, PgValue},
    query_builder::{QueryBuilder, QueryFragment, bind_collector::RawBytesBindCollector},
    row::{Field, PartialRow, Row, RowIndex, RowSealed},
};
use futures_util::TryStreamExt;
use std::{
    collections::HashMap,
    num::NonZeroU32,
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio_postgres::{
    CancelToken, Client, NoTls, RowStream, Statement,
    types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

/// A connection to PostgreSQL. Its statements may run side by side: the protocol pipelines them.
pub struct Session {
    client: Client,
    /// Those that stay prepared, by their text.
    statements: Mutex<HashMap<Box<str>, Statement>>,
    observer: Option<Observer>,
    limit: Duration,
}

impl Session {
    /// Connects to `url`, with what every statement of ours relies on. PostgreSQL stops a statement after `limit`, unless the role or
    /// the database has a `statement_timeout` of its own.
    ///
    /// # Errors
    /// [`NoSession`], which says whether trying again may help.
    pub(super) async fn open(
        url: &str,
        limit: Duration,
        observer: Option<Observer>,
    ) -> Result<Session, NoSession> {
        let (client, connection) = connect(url).await?;
        // It ends with the client, or says why it is lost to whoever asks next.
        tokio::spawn(connection);
        // Compiling a filtered list took 275 of its 315 ms; our statements are short.
        let settings = format!(
            "SET jit = off; SELECT set_config('statement_timeout', '{}', false) \
             WHERE current_setting('statement_timeout') = '0'",
            limit.as_millis(),
        );
        client.batch_execute(&settings).await.map_err(|error| NoSession::Unavailable(words(&error)))?;
        // A statement whose client is gone stops within a second, also if this process was killed. PostgreSQL has that since version
        // 14, where the system can tell.
        let _ = client.batch_execute("SET client_connection_check_interval = '1s'").await;
        Ok(Session { client, statements: Mutex::default(), observer, limit })
    }

    /// How long a statement may take.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether it has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// What stops the running statement.
    pub(super) fn cancel_token(&self) -> CancelToken {
        self.client.cancel_token()
    }

    /// Waits until all statements that were sent have ended, also those whose answers nobody waits for.
    pub(super) async fn settled(&self) {
        // PostgreSQL answers in order.
        let _ = self.client.batch_execute("").await;
    }

    /// Runs statements without values and rows.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn batch(&self, sql: &str) -> Result<(), DbError> {
        report(self.observer.as_ref(), sql);
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Runs a query; its rows come as they arrive.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn query(&self, sent: Result<Sent, DbError>) -> Result<RowStream, DbError> {
        let (statement, binds) = self.prepare(sent).await?;
        Ok(self.client.query_raw(&statement, binds).await?)
    }

    /// Runs a query and reads its rows as Diesel does.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn load<T, Types>(&self, sent: Result<Sent, DbError>) -> Result<Vec<T>, DbError>
    where
        T: FromSqlRow<Types, Pg>,
    {
        let mut rows = pin!(self.query(sent).await?);
        let mut all = Vec::new();
        while let Some(row) = rows.try_next().await? {
            all.push(T::build_from_row(&PgRow(row)).map_err(|error| DbError::Failed(error.to_string()))?);
        }
        Ok(all)
    }

    /// Runs a write; the number of rows it wrote.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn execute(&self, sent: Result<Sent, DbError>) -> Result<usize, DbError> {
        let (statement, binds) = self.prepare(sent).await?;
        Ok(usize::try_from(self.client.execute_raw(&statement, binds).await?).unwrap_or(usize::MAX))
    }

    /// The statement, prepared now or before, and its values.
    async fn prepare(&self, sent: Result<Sent, DbError>) -> Result<(Statement, Vec<Bind>), DbError> {
        let Sent { sql, keep, types, binds } = sent?;
        report(self.observer.as_ref(), &sql);
        let statements = || self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if keep {
            // A text goes with the types of its values, unless somebody writes SQL by hand.
            let known = statements().get(&*sql).filter(|known| known.params() == types).cloned();
            if let Some(known) = known {
                return Ok((known, binds));
            }
        }
        let statement = self.client.prepare_typed(&sql, &types).await?;
        if keep {
            statements().insert(sql.into(), statement.clone());
        }
        Ok((statement, binds))
    }
}

/// A statement as it is sent.
pub(super) struct Sent {
    sql: String,
    keep: bool,
    types: Vec<Type>,
    binds: Vec<Bind>,
}

impl Sent {
    /// Renders a statement, and writes its values as bytes.
    ///
    /// # Errors
    /// [`DbError::Failed`] for one that cannot be rendered, which is a defect of ours.
    pub fn of(query: &impl QueryFragment<Pg>) -> Result<Sent, DbError> {
        let mut text = PgQueryBuilder::new();
        query.to_sql(&mut text, &Pg)?;
        let mut collected = RawBytesBindCollector::<Pg>::new();
        query.collect_binds(&mut collected, &mut BuiltInTypes, &Pg)?;
        let types = collected.metadata.iter().map(|metadata| {
            let oid = metadata.oid().map_err(|error| DbError::Failed(error.to_string()))?;
            Type::from_oid(oid).ok_or_else(|| DbError::Failed(format!("the type {oid} is not built in")))
        });
        let types = types.collect::<Result<_, _>>()?;
        let binds = collected.binds.into_iter().map(Bind).collect();
        Ok(Sent { sql: text.finish(), keep: query.is_safe_to_cache_prepared(&Pg)?, types, binds })
    }
}

/// No statement of ours has values of other types.
struct BuiltInTypes;

impl PgMetadataLookup for BuiltInTypes {
    fn lookup_type(&mut self, type_name: &str, _: Option<&str>) -> PgTypeMetadata {
        tracing::error!(type_name, "not a built-in type");
        PgTypeMetadata::new(0, 0)
    }
}

/// A value, as bytes already.
#[derive(Debug)]
struct Bind(Option<Vec<u8>>);

impl ToSql for Bind {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let Some(bytes) = &self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value of a row, as bytes still.
pub(super) struct Raw<'a>(pub &'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A row as Diesel reads it.
struct PgRow(tokio_postgres::Row);

impl RowSealed for PgRow {}

impl<'a> Row<'a, Pg> for PgRow {
    type Field<'f>
        = PgField<'f>
    where
        'a: 'f,
        Self: 'f;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        self.0.len()
    }

    fn get<'b, I>(&'b self, at: I) -> Option<Self::Field<'b>>
    where
        'a: 'b,
        Self: RowIndex<I>,
    {
        let at = self.idx(at)?;
        let oid = NonZeroU32::new(self.0.columns().get(at)?.type_().oid())?;
        Some(PgField { row: &self.0, at, oid })
    }

    fn partial_row(&self, range: std::ops::Range<usize>) -> PartialRow<'_, Self::InnerPartialRow> {
        PartialRow::new(self, range)
    }
}

impl RowIndex<usize> for PgRow {
    fn idx(&self, at: usize) -> Option<usize> {
        (at < self.0.len()).then_some(at)
    }
}

impl<'a> RowIndex<&'a str> for PgRow {
    fn idx(&self, name: &'a str) -> Option<usize> {
        self.0.columns().iter().position(|column| column.name() == name)
    }
}

struct PgField<'a> {
    row: &'a tokio_postgres::Row,
    at: usize,
    oid: NonZeroU32,
}

impl<'a> Field<'a, Pg> for PgField<'a> {
    fn field_name(&self) -> Option<&str> {
        self.row.columns().get(self.at).map(tokio_postgres::Column::name)
    }

    fn value(&self) -> Option<PgValue<'_>> {
        let raw = self.row.try_get::<_, Option<Raw<'_>>>(self.at).ok()??;
        Some(PgValue::new(raw.0, &self.oid))
    }
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoSession {
    /// The server has no more connections for us.
    #[error("no more connections: {0}")]
    Full(String),
    /// The server has read the address and will not have its user, password or database; or its encoding will not do.
    #[error("{0}")]
    Refused(String),
    /// Anything else, which may pass.
    #[error("{0}")]
    Unavailable(String),
}

/// The two ends of a connection: the client, and what moves its bytes.
pub(super) type Ends =
    (Client, tokio_postgres::Connection<tokio_postgres::Socket, tokio_postgres::tls::NoTlsStream>);

/// Connects to `url`.
pub(super) async fn connect(url: &str) -> Result<Ends, NoSession> {
    use tokio_postgres::error::SqlState;
    const REFUSED: [SqlState; 3] = [
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::INVALID_CATALOG_NAME,
    ];
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.map_err(|error| match error.as_db_error() {
            Some(said) if REFUSED.contains(said.code()) => NoSession::Refused(said.message().to_owned()),
            Some(said) if *said.code() == SqlState::TOO_MANY_CONNECTIONS => {
                NoSession::Full(said.message().to_owned())
            }
            _ => NoSession::Unavailable(words(&error)),
        })?;
    match connection.parameter("server_encoding").filter(|encoding| *encoding != "UTF8") {
        None => Ok((client, connection)),
        Some(encoding) => {
            let text = format!("the encoding of the database is {encoding}: it must be UTF8");
            Err(NoSession::Refused(text))
        }
    }
}

/// What an error says; its cause says what it does not: refused, no such host, no route.
fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
            format!("{error}{}", cause.unwrap_or_default())
        }
    }
}
