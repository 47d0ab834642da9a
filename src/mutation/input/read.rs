//! From what was sent to changes. Mistakes are noted with their place, and the reading goes on, so that the
//! caller learns of all of them at once.

use super::types::{MAX_LINKS, MAX_NESTED};
use crate::db::Id;
use crate::mutation::changes::{
    Address, Changes, LinkChange, NewRow, Path, Reference, ReferenceBy, RowUpdate, step,
};
use crate::mutation::user_error::UserErrorCode::{Invalid, Required, TooLong, TooMany};
use crate::relation::{
    Column, ColumnKind, Kind, LengthRule, Relationship, Shape, Value, Values, key,
    read::{expected, read_value},
};
use async_graphql::{Name, Value as Sent, indexmap::IndexMap};

type Object = IndexMap<Name, Sent>;

/// An input object as it was sent; validation has seen to its shape.
fn object(value: &Sent) -> Option<&Object> {
    match value {
        Sent::Object(object) => Some(object),
        _ => None,
    }
}

/// A list as it was sent; one value stands for a list of it.
fn list(value: Option<&Sent>) -> &[Sent] {
    match value {
        None | Some(Sent::Null) => &[],
        Some(Sent::List(list)) => list,
        Some(value) => std::slice::from_ref(value),
    }
}

impl Changes {
    /// A row to be made, with what is within it, for the payload to show.
    pub(in crate::mutation) fn read_create(&mut self, shape: Shape, sent: &Sent, path: &[String]) {
        let id = self.read_new(shape, sent, None, path);
        self.results.push(id);
    }

    /// A row to be made, and what is within it.
    fn read_new(
        &mut self,
        shape: Shape,
        sent: &Sent,
        owner: Option<(&'static str, Id)>,
        path: &[String],
    ) -> Id {
        let id = Id::new();
        let Some(sent) = object(sent) else {
            self.refuse(Invalid, path, "must be an object");
            return id;
        };
        let mut values = self.values(&shape, sent, path);
        if let Some((column, owner)) = owner {
            let column = shape.columns.iter().find(|known| known.name == column);
            values.extend(column.map(|column| (*column, Value::Id(owner))));
        }
        self.new.push(NewRow { shape, id, values, upsert: false, path: path.to_vec() });
        for relationship in shape.relationships {
            let (field, target) = (relationship.field_name(), (relationship.target)());
            let (path, sent) = (step(path, &field), sent.get(field.as_str()));
            let owner = Some((relationship.join.to, id));
            match (relationship.kind, sent) {
                (_, None | Some(Sent::Null)) | (Kind::BelongsTo, _) => {}
                (Kind::HasOne, Some(sent)) => {
                    self.read_new(target, sent, owner, &path);
                }
                (Kind::HasMany, sent) => {
                    if self.not_too_many(list(sent).len(), MAX_NESTED, &path) {
                        for (nth, sent) in list(sent).iter().enumerate() {
                            self.read_new(target, sent, owner, &step(&path, &nth));
                        }
                    }
                }
                (Kind::ManyToMany, Some(sent)) => self.read_links(relationship, sent, (id, true), &path),
            }
        }
        id
    }

    /// A row to be made, or changed where one of its name is there.
    pub(in crate::mutation) fn read_upsert(&mut self, shape: Shape, sent: &Sent, path: &[String]) {
        let values = object(sent).map(|sent| self.values(&shape, sent, path)).unwrap_or_default();
        self.new.push(NewRow { shape, id: Id::new(), values, upsert: true, path: path.to_vec() });
    }

    /// A row to be changed.
    pub(in crate::mutation) fn read_update(&mut self, shape: Shape, sent: &Sent, path: &[String]) {
        let Some(address) = self.address(shape, sent, path) else { return };
        let Some(sent) = object(sent) else { return };
        let id = address.id;
        let values = self.values(&shape, sent, path);
        self.updates.push(RowUpdate { address, values });
        for relationship in shape.relationships.iter().filter(|one| one.kind == Kind::ManyToMany) {
            let field = relationship.field_name();
            if let Some(sent) = sent.get(field.as_str()).filter(|sent| **sent != Sent::Null) {
                self.read_links(relationship, sent, (id, false), &step(path, &field));
            }
        }
        self.results.push(id);
    }

    /// A row to be deleted.
    pub(in crate::mutation) fn read_delete(&mut self, shape: Shape, sent: &Sent, path: &[String]) {
        if let Some(address) = self.address(shape, sent, path) {
            self.results.push(address.id);
            self.deletes.push(address);
        }
    }

    /// A new place for a row among those on the other side of a join table.
    pub(in crate::mutation) fn read_move(
        &mut self,
        shape: Shape,
        (target, list): (Shape, u64),
        sent: &Sent,
        path: &[String],
    ) {
        let Some(address) = self.address(shape, sent, path) else { return };
        let is_list = |one: &&Relationship| {
            let leads = one.position.is_some() && one.join.target == target.table;
            leads && (list == 0 || key(one.field) == list)
        };
        let (Some(sent), Some(relationship)) = (object(sent), shape.relationships.iter().find(is_list))
        else {
            return;
        };
        let place = match sent.get("position") {
            Some(Sent::Number(place)) => place.as_i64().and_then(|place| usize::try_from(place).ok()),
            _ => None,
        };
        let field = target.variable();
        let moved =
            sent.get(field.as_str()).and_then(|one| self.reference(&target, one, &step(path, &field)));
        let Some(place) = place else {
            return self.refuse(Invalid, &step(path, "position"), "must be a position in the list, from 0");
        };
        let id = address.id;
        self.results.push(id);
        self.updates.push(RowUpdate { address, values: Vec::new() });
        if let Some(moved) = moved {
            let mut change = LinkChange::none(relationship, (id, false), path.to_vec());
            change.moved = Some((moved, place));
            self.links.push(change);
        }
    }

    fn address(&mut self, shape: Shape, sent: &Sent, path: &[String]) -> Option<Address> {
        let sent = object(sent)?;
        let id = self.id(shape.key().kind, sent.get("id"), &step(path, "id"));
        let expected = match sent.get("expectedVersion") {
            Some(Sent::Number(version)) => version.as_i64(),
            _ => None,
        };
        Some(Address { shape, id: id?, expected, path: path.to_vec() })
    }

    fn id(&mut self, kind: ColumnKind, sent: Option<&Sent>, path: &[String]) -> Option<Id> {
        let id = sent.and_then(|sent| kind.read_id(sent));
        if id.is_none() {
            self.refuse(Invalid, path, kind.expected_id());
        }
        id
    }

    /// The columns that were given.
    fn values(&mut self, shape: &Shape, sent: &Object, path: &[String]) -> Vec<(Column, Value)> {
        let mut values = Vec::new();
        for column in shape.writable() {
            let field = shape.input_field(column);
            if let Some(sent) = sent.get(field.as_str()) {
                let value = self.value(shape.lengths, column, sent, &step(path, &field));
                values.extend(value.map(|value| (*column, value)));
            }
        }
        values
    }

    fn value(
        &mut self,
        lengths: &[LengthRule],
        column: &Column,
        sent: &Sent,
        path: &[String],
    ) -> Option<Value> {
        let value = match (column.kind, sent) {
            (_, Sent::Null) if column.nullable => Some(Value::Null),
            (_, Sent::Null) => {
                self.refuse(Required, path, "must not be null");
                return None;
            }
            (ColumnKind::List(element), sent) => {
                return self.elements(lengths, column, *element, list(Some(sent)), path);
            }
            (ColumnKind::Text, Sent::String(text)) => return self.text(lengths, column, text, path),
            (kind @ (ColumnKind::Id | ColumnKind::Number(_)), sent) => {
                return self.id(kind, Some(sent), path).map(Value::Id);
            }
            (kind, sent) => read_value(kind, sent),
        };
        if value.is_none() {
            let expected = match column.kind {
                ColumnKind::Time => {
                    "must be a date as in 2024-04-18T14:40:00Z, from year 1970 to 9999".to_owned()
                }
                kind => expected(kind),
            };
            self.refuse(Invalid, path, expected);
        }
        value.filter(|value| match value {
            Value::Json(json) => self.fits(lengths, column, json.as_str().chars().count(), path),
            Value::Bytes(bytes) => self.fits(lengths, column, bytes.len(), path),
            _ => true,
        })
    }

    /// A list. Each mistake has the place of its element.
    fn elements(
        &mut self,
        lengths: &[LengthRule],
        column: &Column,
        element: ColumnKind,
        sent: &[Sent],
        path: &[String],
    ) -> Option<Value> {
        if !self.fits(lengths, column, sent.len(), path) {
            return None;
        }
        let (mut values, mut is_read) = (Values::with_capacity(element, sent.len()), true);
        let of_element = Column { kind: element, nullable: false, ..*column };
        for (nth, sent) in sent.iter().enumerate() {
            match self.value(&[], &of_element, sent, &step(path, &nth)) {
                Some(value) => values.push(value),
                None => is_read = false,
            }
        }
        is_read.then_some(Value::List(values))
    }

    fn text(
        &mut self,
        lengths: &[LengthRule],
        column: &Column,
        text: &str,
        path: &[String],
    ) -> Option<Value> {
        let is_required = lengths.iter().any(|rule| rule.column == column.name && rule.min > 0);
        if text.contains('\0') {
            // PostgreSQL cannot hold it.
            self.refuse(Invalid, path, "must not contain U+0000");
        } else if self.fits(lengths, column, text.chars().count(), path) {
            if !is_required || !text.trim().is_empty() {
                return Some(Value::Text(text.to_owned()));
            }
            self.refuse(Required, path, "must not be empty");
        }
        None
    }

    /// Whether a value is as long as its column demands. What a text must have at least is [`text`](Self::text)'s to say.
    fn fits(&mut self, lengths: &[LengthRule], column: &Column, length: usize, path: &[String]) -> bool {
        let Some(rule) = lengths.iter().find(|rule| rule.column == column.name) else { return true };
        let (what, has_least) = match column.kind {
            ColumnKind::Bytes => ("bytes", true),
            ColumnKind::List(_) if length > rule.max => return self.not_too_many(length, rule.max, path),
            ColumnKind::List(_) => ("items", true),
            _ => ("characters", false),
        };
        if length > rule.max {
            self.refuse(TooLong, path, format!("may have up to {} {what}, not {length}", rule.max));
            return false;
        }
        if has_least && length < rule.min {
            self.refuse(Invalid, path, format!("must have {} {what} or more, not {length}", rule.min));
            return false;
        }
        true
    }

    /// Whether there are no more items than that.
    pub(in crate::mutation) fn not_too_many(&mut self, items: usize, most: usize, path: &[String]) -> bool {
        if items > most {
            self.refuse(TooMany, path, format!("may have up to {most} items, not {items}"));
        }
        items <= most
    }

    fn read_links(
        &mut self,
        relationship: &'static Relationship,
        sent: &Sent,
        near: (Id, bool),
        path: &[String],
    ) {
        let Some(sent) = object(sent) else { return };
        let target = (relationship.target)();
        let mut change = LinkChange::none(relationship, near, path.to_vec());
        let references = |changes: &mut Changes, field: &str| {
            let (path, sent) = (step(path, field), list(sent.get(field)));
            let mut references = Vec::new();
            if changes.not_too_many(sent.len(), MAX_LINKS, &path) {
                for (nth, one) in sent.iter().enumerate() {
                    let path = step(&path, &nth);
                    let own = changes.link_values(relationship, one, &path);
                    references.extend(
                        changes.reference(&target, one, &path).map(|found| Reference { own, ..found }),
                    );
                }
            }
            references
        };
        let set = references(self, "set");
        change.set = sent.get("set").filter(|set| **set != Sent::Null).map(|_| set);
        change.disconnect = references(self, "disconnect");
        change.connect = references(self, "connect");
        let (new, path) = (list(sent.get("create")), step(path, "create"));
        if self.not_too_many(new.len(), MAX_LINKS, &path) {
            for (nth, sent) in new.iter().enumerate() {
                let path = step(&path, &nth);
                let own = self.link_values(relationship, sent, &path);
                change.create.push((self.read_new(target, sent, None, &path), own));
            }
        }
        self.links.push(change);
    }

    /// What was given for a join table's own columns.
    fn link_values(
        &mut self,
        relationship: &Relationship,
        sent: &Sent,
        path: &[String],
    ) -> Vec<(Column, Value)> {
        let Some(link) = relationship.link.map(|link| link()) else { return Vec::new() };
        let field = link.field();
        let Some(own) = object(sent).and_then(|sent| object(sent.get(field.as_str())?)) else {
            return Vec::new();
        };
        let path = step(path, &field);
        let mut values = Vec::new();
        for column in relationship.link_columns() {
            let name = column.graphql_name();
            if let Some(sent) = own.get(name.as_str()) {
                let value = self.value(&[], &column, sent, &step(&path, &name));
                values.extend(value.map(|value| (column, value)));
            }
        }
        values
    }

    /// A row by its id or its name.
    fn reference(&mut self, target: &Shape, sent: &Sent, path: &[String]) -> Option<Reference> {
        let is_key = |field: &&str| {
            object(sent).is_some_and(|sent| sent.get(*field).is_some_and(|key| *key != Sent::Null))
        };
        let fields: Vec<&str> = [Some("id"), target.named].into_iter().flatten().filter(is_key).collect();
        let [field] = fields.as_slice() else {
            self.refuse(Invalid, path, format!("must have one key of a {}", target.noun()));
            return None;
        };
        let (field, value) = (*field, object(sent)?.get(*field)?);
        let path = step(path, field);
        if field == "id" {
            let id = self.id(target.key().kind, Some(value), &path)?;
            return Some(Reference { key: ReferenceBy::Id(id), path, own: Vec::new() });
        }
        match value {
            Sent::String(name) if !name.contains('\0') => {
                Some(Reference { key: ReferenceBy::Name(name.clone()), path, own: Vec::new() })
            }
            _ => {
                self.refuse(Invalid, &path, format!("must be the {field} of a {}", target.noun()));
                None
            }
        }
    }
}

impl LinkChange {
    /// No change yet.
    fn none(relationship: &'static Relationship, (near, new): (Id, bool), path: Path) -> LinkChange {
        LinkChange {
            near,
            new,
            join: relationship.join,
            target: (relationship.target)(),
            position: relationship.position,
            own: relationship.link.map(|link| link().columns).unwrap_or_default(),
            set: None,
            disconnect: Vec::new(),
            connect: Vec::new(),
            create: Vec::new(),
            moved: None,
            path,
        }
    }
}
