//! The schema as the reference knows it: types, columns, relationships, lists and their default orders. What leads where is taken from
//! the shapes of an application, and what clients may write from introspection.

use crate::support::Server;
use doorway::{
    app::App,
    relation::{Column as Declared, ColumnKind, ScopeRule, Shape, camel_case},
};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, fmt};

/// All types, and the input types.
pub struct Schema {
    pub entities: Vec<Entity>,
    pub links: Vec<Link>,
    /// By the name of an input type, its fields with their types.
    pub inputs: HashMap<String, Vec<(String, TypeRef)>>,
}

/// The type of a field of an input type.
#[derive(Debug, Clone)]
pub struct TypeRef {
    pub name: String,
    pub list: bool,
    pub required: bool,
}

pub struct Entity {
    pub name: &'static str,
    pub table: &'static str,
    pub columns: Vec<Column>,
    pub relationships: Vec<Relationship>,
    /// The root field that lists all rows.
    pub root: String,
    /// The root field that finds one row, and the arguments that it can be found by.
    pub one: (String, Vec<String>),
    pub order: Vec<Value>,
    /// The sets of columns that are unique, by the names of the columns in the table.
    pub uniques: Vec<Vec<&'static str>>,
    pub scope: &'static [ScopeRule],
    pub shape: Shape,
}

impl Entity {
    /// What its primary key is.
    pub fn key_kind(&self) -> ColumnKind {
        self.columns.iter().find(|column| column.sql == "id").unwrap().kind
    }
}

/// A column, under its name in GraphQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub sql: &'static str,
    pub kind: ColumnKind,
    pub nullable: bool,
    pub generated: bool,
}

pub struct Relationship {
    pub field: String,
    pub target: usize,
    pub is_one: bool,
    /// The row's column that holds the key, and the target's that it is found in.
    pub from: &'static str,
    pub to: &'static str,
    pub through: Option<Through>,
}

/// A join table from one side.
pub struct Through {
    pub link: usize,
    pub near: &'static str,
    pub far: &'static str,
    pub position: Option<String>,
}

/// A join table.
pub struct Link {
    /// Its field in filters and orders.
    pub field: String,
    pub table: &'static str,
    pub keys: Vec<&'static str>,
    /// What they are, and the types whose rows they refer to.
    pub key_kinds: Vec<ColumnKind>,
    pub ends: Vec<usize>,
    pub columns: Vec<Column>,
}

fn column(declared: &Declared, generated: bool) -> Column {
    Column {
        name: declared.graphql_name(),
        sql: declared.name,
        kind: declared.kind,
        nullable: declared.nullable,
        generated,
    }
}

fn first_lower(name: &str) -> String {
    name[..1].to_lowercase() + &name[1..]
}

const INPUTS: &str = "{ __schema {
    queryType { fields { name args { name } type { name kind ofType { kind ofType { kind ofType { name } } } } } }
    types { name inputFields { name type { name kind ofType { name kind ofType { name kind ofType { name kind } } } } } } } }";

fn type_ref(mut of: &Value) -> TypeRef {
    let required = of["kind"] == "NON_NULL";
    let mut list = false;
    while !of["ofType"].is_null() {
        list |= of["kind"] == "LIST";
        of = &of["ofType"];
    }
    TypeRef { name: of["name"].as_str().unwrap().to_owned(), list, required }
}

impl Schema {
    /// That of an application which `server` serves. It is never freed: tests have few.
    pub async fn of(app: &App, server: &Server) -> &'static Schema {
        let told = server.data(INPUTS).await["__schema"].take();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut inputs = HashMap::new();
        for each in list(&told["types"]).iter().filter(|each| each["inputFields"].is_array()) {
            let fields = list(&each["inputFields"]);
            let fields = fields.iter().map(|field| (text(&field["name"]), type_ref(&field["type"])));
            inputs.insert(text(&each["name"]), fields.collect());
        }
        let roots = list(&told["queryType"]["fields"]);
        let shapes = app.shapes();
        let mut links: Vec<Link> = Vec::new();
        let mut entities = Vec::new();
        for (of, shape) in shapes.iter().enumerate() {
            let mut relationships = Vec::new();
            for one in shape.relationships {
                let target = shapes.iter().position(|shape| shape.table == one.join.target).unwrap();
                let through = one.join.link.zip(one.link).map(|(table, link)| {
                    let link = link();
                    let end = |key: &Declared| if key.name == table.near { of } else { target };
                    let nth = links.iter().position(|known| known.table == table.table);
                    let nth = nth.unwrap_or_else(|| {
                        links.push(Link {
                            field: first_lower(link.name),
                            table: table.table,
                            keys: link.keys.iter().map(|key| key.name).collect(),
                            key_kinds: link.keys.iter().map(|key| key.kind).collect(),
                            ends: link.keys.iter().map(end).collect(),
                            columns: link.columns.iter().map(|own| column(own, false)).collect(),
                        });
                        links.len() - 1
                    });
                    let position = one.position.map(camel_case);
                    Through { link: nth, near: table.near, far: table.far, position }
                });
                relationships.push(Relationship {
                    field: one.field_name(),
                    target,
                    is_one: one.is_to_one(),
                    from: one.join.from,
                    to: one.join.to,
                    through,
                });
            }
            let lists = |field: &&Value| {
                field["type"]["ofType"]["ofType"]["ofType"]["name"] == shape.name
                    && field["type"]["ofType"]["kind"] == "LIST"
            };
            let finds = |field: &&Value| {
                field["type"]["name"] == shape.name
                    && field["args"].as_array().is_some_and(|args| !args.is_empty())
            };
            let one = roots.iter().find(finds).unwrap();
            let is_generated =
                |column: &Declared| shape.generated.iter().any(|rule| rule.column == column.name);
            let direction = |descending| if descending { "DESC" } else { "ASC" };
            let mut uniques: Vec<Vec<&str>> =
                shape.uniques.iter().map(|set| set.iter().map(|one| one.name).collect()).collect();
            uniques.extend(shape.named.map(|name| vec![name]));
            for one in shape.relationships {
                // The other side says that there is one at most.
                let back = |other: &doorway::relation::Relationship| {
                    other.field == one.back_populates && other.is_to_one()
                };
                if one.is_to_one() && one.join.to == "id" && (one.target)().relationships.iter().any(back) {
                    uniques.push(vec![one.join.from]);
                }
            }
            entities.push(Entity {
                name: shape.name,
                table: shape.table,
                columns: shape.columns.iter().map(|own| column(own, is_generated(own))).collect(),
                relationships,
                root: text(&roots.iter().find(lists).unwrap()["name"]),
                one: (
                    text(&one["name"]),
                    list(&one["args"]).iter().map(|argument| text(&argument["name"])).collect(),
                ),
                order: shape
                    .order
                    .iter()
                    .map(|key| json!({ key.column.graphql_name(): direction(key.descending) }))
                    .collect(),
                uniques,
                scope: shape.scope,
                shape: *shape,
            });
        }
        Box::leak(Box::new(Schema { entities, links, inputs }))
    }

    pub fn kinds(&'static self) -> impl Iterator<Item = Kind> {
        (0..self.entities.len()).map(move |nth| Kind { schema: self, nth })
    }

    /// The type of this name.
    pub fn kind(&'static self, name: &str) -> Kind {
        self.kinds().find(|kind| kind.name == name).unwrap()
    }

    /// The fields of an input type.
    pub fn input(&self, name: &str) -> &[(String, TypeRef)] {
        self.inputs.get(name).map_or(&[], Vec::as_slice)
    }
}

/// One of the types.
#[derive(Clone, Copy)]
pub struct Kind {
    pub schema: &'static Schema,
    pub nth: usize,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Kind) -> bool {
        self.nth == other.nth
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl std::ops::Deref for Kind {
    type Target = Entity;

    fn deref(&self) -> &Entity {
        &self.schema.entities[self.nth]
    }
}

impl Kind {
    pub fn entity(self) -> &'static Entity {
        &self.schema.entities[self.nth]
    }

    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.entity().columns.iter().find(|column| column.name == name)
    }

    pub fn column_sql(self, name: &str) -> Option<&'static Column> {
        self.entity().columns.iter().find(|column| column.sql == name)
    }

    pub fn relationship(self, field: &str) -> Option<Lead> {
        let nth = self.relationships.iter().position(|one| one.field == field)?;
        Some(Lead { source: self, nth })
    }

    pub fn leads(self) -> impl Iterator<Item = Lead> {
        (0..self.relationships.len()).map(move |nth| Lead { source: self, nth })
    }

    /// Columns that this input type has a field for.
    fn columns_in(self, input: &str) -> Vec<&'static Column> {
        let fields = self.schema.input(&format!("{}{input}", self.name));
        self.entity()
            .columns
            .iter()
            .filter(|column| fields.iter().any(|field| field.0 == column.name))
            .collect()
    }

    pub fn filtered(self) -> Vec<&'static Column> {
        self.columns_in("Filter")
    }

    pub fn ordered(self) -> Vec<&'static Column> {
        self.columns_in("Order")
    }

    /// Whether its keys are numbers.
    pub fn is_numbered(self) -> bool {
        matches!(self.key_kind(), ColumnKind::Number(_))
    }

    /// A key that no row has.
    pub fn nobody(self) -> &'static str {
        if self.is_numbered() { "8999999999999999" } else { "01890a5d-ac96-774b-bcce-b302099a8057" }
    }

    /// The conditions on a field of its filter.
    pub fn operators(self, field: &str) -> Vec<&'static str> {
        self.schema.operators(&format!("{}Filter", self.name), field)
    }
}

impl Schema {
    /// The conditions on a field of a filter.
    pub fn operators(&'static self, filter: &str, field: &str) -> Vec<&'static str> {
        let own = self.input(filter).iter().find(|own| own.0 == field).unwrap();
        self.input(&own.1.name).iter().map(|operator| operator.0.as_str()).collect()
    }
}

/// A relationship field of a type.
#[derive(Clone, Copy, PartialEq)]
pub struct Lead {
    pub source: Kind,
    pub nth: usize,
}

impl fmt::Debug for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.source.name, self.field)
    }
}

impl std::ops::Deref for Lead {
    type Target = Relationship;

    fn deref(&self) -> &Relationship {
        &self.source.entity().relationships[self.nth]
    }
}

impl Lead {
    pub fn target(self) -> Kind {
        Kind { schema: self.source.schema, nth: self.target }
    }

    pub fn link(self) -> Option<&'static Link> {
        let through = self.source.entity().relationships[self.nth].through.as_ref()?;
        Some(&self.source.schema.links[through.link])
    }
}

/// A list field of the root, or of a parent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct List {
    pub lead: Option<Lead>,
    pub target: Kind,
}

impl List {
    pub fn all(schema: &'static Schema) -> Vec<List> {
        let root = schema.kinds().map(List::root);
        let leads = schema.kinds().flat_map(Kind::leads).filter(|lead| !lead.is_one);
        root.chain(leads.map(List::of)).collect()
    }

    /// All rows.
    pub fn root(target: Kind) -> List {
        List { lead: None, target }
    }

    pub fn of(lead: Lead) -> List {
        List { lead: Some(lead), target: lead.target() }
    }

    pub fn parent(self) -> Option<Kind> {
        self.lead.map(|lead| lead.source)
    }

    pub fn field(self) -> &'static str {
        match self.lead {
            Some(lead) => &lead.source.entity().relationships[lead.nth].field,
            None => &self.target.entity().root,
        }
    }

    pub fn link(self) -> Option<&'static Link> {
        self.lead.and_then(Lead::link)
    }

    /// The keys of this order, or of the default order if there are none.
    pub fn keys(self, order_by: &Value) -> Vec<Value> {
        let mut keys = order_by.as_array().cloned().unwrap_or_default();
        if keys.is_empty() {
            let position = self.lead.and_then(|lead| {
                let name = lead.through.as_ref()?.position.clone()?;
                let by: Map<String, Value> = [(name, json!("ASC"))].into_iter().collect();
                Some(json!({ lead.link()?.field.clone(): by }))
            });
            keys = position.map_or_else(|| self.target.order.clone(), |key| vec![key]);
        }
        // Ids are unique, so keys after the id never matter.
        let end = keys.iter().position(|key| key.get("id").is_some()).unwrap_or(keys.len());
        keys.truncate(end + 1);
        keys
    }
}
