//! A rule of syntax that `apollo-compiler` 2.0.0-beta.2 lacks: it lets names without values be arguments and fields of
//! input objects, as in `users(limit)`, and forgets them.

use super::tokens::{Token, Tokens};

/// What stands between two brackets.
enum Level {
    Selections,
    Variables,
    List,
    /// Arguments, or the fields of an input object: what is next.
    Named(Next),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Name,
    Colon,
    Value,
}

/// Where a colon is missing behind the name of an argument or an input field (GraphQL specification, sections 2.6 and
/// 2.9.8), in a text that the parser lets pass.
pub(super) fn missing(text: &str) -> Option<usize> {
    let mut levels: Vec<Level> = Vec::new();
    // The two tokens before.
    let mut before = [Token::Text; 2];
    for (at, token) in Tokens::of(text) {
        if let Some(Level::Named(next)) = levels.last_mut() {
            *next = match (*next, token) {
                (Next::Colon, Token::Punctuator(b':')) => Next::Value,
                (Next::Colon, _) => return Some(at),
                (Next::Name, Token::Word) => Next::Colon,
                // The name of the variable is its value.
                (Next::Value, Token::Punctuator(b'$')) => Next::Value,
                _ => Next::Name,
            };
        }
        match token {
            Token::Punctuator(b'{') => levels.push(match levels.last() {
                None | Some(Level::Selections) => Level::Selections,
                _ => Level::Named(Next::Name),
            }),
            Token::Punctuator(b'(') => {
                let of_directive = before == [Token::Punctuator(b'@'), Token::Word];
                levels.push(match levels.last() {
                    None if !of_directive => Level::Variables,
                    _ => Level::Named(Next::Name),
                });
            }
            Token::Punctuator(b'[') => levels.push(Level::List),
            Token::Punctuator(b'}' | b')' | b']') => {
                levels.pop();
            }
            _ => {}
        }
        before = [before[1], token];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_value_has_a_colon() {
        for text in [
            "{ a }",
            "query Q($a: [Int!]! = [1] @x(y: {z: 1}), $b: C = {d: {e: [f {g: $h}]}}) @i(j: \"k\") { l(m: $n, o: p) @q(r: s) { t } }",
            "query @a(b: 1) { c: d(e: {f: 1 g: [] h: {}}) ...i @j(k: true) ... on l { m } }",
        ] {
            assert_eq!(missing(text), None, "{text}");
        }
        for text in [
            "{ a(b§) }",
            "{ a(b: c d§) }",
            "{ a(b §c: d) }",
            "{ a(b: {c§}) }",
            "{ a(b: [{c: d e§}]) }",
            "query($a: B = {c§}) { d }",
            "{ a @b(c §d) }",
            "query @a(b§) { c }",
        ] {
            let expected = text.find('§').unwrap();
            assert_eq!(missing(&text.replace('§', "")), Some(expected), "{text}");
        }
    }
}
