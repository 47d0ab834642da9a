//! The functions that SQLite's connections are given.
//!
//! Each database has the function `doorway_fold`: Unicode's full lower case, with Greek's final sigma as any other. It compares texts in
//! whatever case. SQLite, which by itself knows the case of 52 letters, is given it here; in PostgreSQL a migration makes it.
//! `doorway_float` is SQLite's only.

use diesel::{SqliteConnection, result::QueryResult};

diesel::define_sql_function! {
    /// Text with its case taken away.
    fn doorway_fold(text: diesel::sql_types::Nullable<diesel::sql_types::Text>)
        -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

diesel::define_sql_function! {
    /// Every digit of a number: SQLite's own texts have 15.
    fn doorway_float(number: diesel::sql_types::Nullable<diesel::sql_types::Double>)
        -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

/// Gives them to a connection.
///
/// # Errors
/// SQLite's.
pub(super) fn register(connection: &mut SqliteConnection) -> QueryResult<()> {
    doorway_fold_utils::register_impl(connection, fold)?;
    doorway_float_utils::register_impl(connection, |number: Option<f64>| {
        number.map(|number| number.to_string())
    })
}

#[allow(clippy::needless_pass_by_value, reason = "as SQLite hands it over")]
fn fold(text: Option<String>) -> Option<String> {
    // What a sigma at the end of a word becomes depends on its neighbours; a part of a text has others.
    text.map(|text| text.to_lowercase().replace('ς', "σ"))
}
