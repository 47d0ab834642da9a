//! What tickets are about: a row with a number and a name.

use super::{Ticket, TicketLabel};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::{entity, mutations, queries, relationships};

diesel::table! {
    labels (id) {
        id -> BigInt,
        name -> Text,
        color -> Nullable<Text>,
    }
}

/// What tickets are about.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = labels, treat_none_as_default_value = false)]
pub struct Label {
    /// The primary key.
    pub id: i64,
    /// A unique name.
    pub name: String,
    /// Its colour, or null.
    pub color: Option<String>,
}

entity! { Label: labels, order [asc name], named name, text [name 1..=50] }

relationships! { Label {
    many_to_many {
        /// The tickets with this label, the most urgent first.
        tickets, tickets_connection: Ticket, through TicketLabel, back_populates labels;
    }
} }

queries! { LabelQuery for Label {
    /// Finds a label by id or by name. Give exactly one of the two. Null if there is no such label.
    label by id or name: "The exact name. Not together with `id`.";
    /// All labels, by name.
    labels, labels_connection;
} }

mutations! { LabelMutation for Label, many "labels" {
    create {
        /// Creates a label.
        create_label, create_labels;
    }
    update {
        /// Updates a label. Fields you leave out keep their values.
        update_label, update_labels;
    }
    delete {
        /// Deletes a label.
        delete_label, delete_labels;
    }
    upsert {
        /// Returns the label with this name and creates it if necessary.
        upsert_label, upsert_labels by "names";
    }
} }
