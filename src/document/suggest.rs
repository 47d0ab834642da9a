//! "Did you mean …?": the name in the schema that is most like a mistaken one.

use apollo_compiler::{Name, Schema, schema::ExtendedType};
use strsim::damerau_levenshtein;

/// The name that the problem in this text was probably about. It goes by the words of `apollo-compiler` 2.0.0-beta.2,
/// whose errors do not hold the names in any other public form; other words have no suggestion.
pub(super) fn suggestion(schema: &Schema, text: &str) -> Option<String> {
    let mut names = text.split('`').skip(1).step_by(2);
    let (first, second) = (names.next()?, names.next());
    let (wrong, known) = match second {
        Some(field) if text.contains("does not have a field") => (field, members(schema, first)),
        Some(place) if text.contains("is not supported by") => (first, arguments(schema, place)),
        Some(of) if text.contains("does not exist on") => (first, members(schema, of)),
        _ if text.starts_with("cannot find type") => (first, schema.types.keys().map(Name::as_str).collect()),
        _ => return None,
    };
    // One mistake in three letters is as much as a slip of the hand makes.
    let most = 1 + wrong.chars().count() / 3;
    // To compare names takes time and memory as the product of their lengths, and the wrong one may be as long as the document.
    let similar = known.into_iter().filter(|name| name.len().abs_diff(wrong.len()) <= most);
    let closest = similar.min_by_key(|name| damerau_levenshtein(name, wrong))?;
    (damerau_levenshtein(closest, wrong) <= most).then(|| closest.to_owned())
}

/// The fields of an object, an interface or an input, or the values of an enum.
fn members<'a>(schema: &'a Schema, ty: &str) -> Vec<&'a str> {
    match schema.types.get(ty) {
        Some(ExtendedType::Object(object)) => object.fields.keys().map(Name::as_str).collect(),
        Some(ExtendedType::Interface(interface)) => interface.fields.keys().map(Name::as_str).collect(),
        Some(ExtendedType::InputObject(input)) => input.fields.keys().map(Name::as_str).collect(),
        Some(ExtendedType::Enum(values)) => values.values.keys().map(Name::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The arguments of a field such as `Query.users`.
fn arguments<'a>(schema: &'a Schema, place: &str) -> Vec<&'a str> {
    let field = place.split_once('.').and_then(|(ty, field)| schema.type_field(ty, field).ok());
    field.map_or_else(Vec::new, |field| field.arguments.iter().map(|one| one.name.as_str()).collect())
}
