//! How large a document may be. Everything here takes time linear in the text, and runs before anything that does not.

use super::tokens::{Token, Tokens};
use crate::error::{BAD_USER_INPUT, coded, without_location};
use apollo_compiler::{
    Name,
    ast::{Definition, Document, FragmentDefinition, Selection},
};
use async_graphql::ServerError;
use std::collections::HashMap;

/// The limits of a document. Of what is counted in an operation, each fragment counts wherever it is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Tokens of the text (GraphQL specification, section 2.1.5).
    pub tokens: usize,
    /// The same, counted for each operation of the document: it is validated with all fragments that it spreads.
    pub validated_tokens: usize,
    /// Variables of an operation: validation looks for each use of one among them.
    pub variables: usize,
    /// Nested brackets, including those of values: the parser is recursive.
    pub brackets: usize,
    /// Operations of the document: each is validated by itself, with the fragments that it spreads.
    pub operations: usize,
    /// Fragments of the document.
    pub fragments: usize,
    /// Nested fields and fragments: the code that follows them is recursive.
    pub depth: usize,
    /// Fields of an operation. Introspection has 200.
    pub fields: usize,
    /// Fields at the root of an operation: each is a statement of its own, or a transaction.
    pub root_fields: usize,
    /// Aliases of an operation.
    pub aliases: usize,
    /// Directives of an operation.
    pub directives: usize,
    /// Bytes of the variables' values, each counted wherever it is used.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 1 << 20,
            tokens: 250_000,
            validated_tokens: 500_000,
            variables: 500,
            brackets: 300,
            operations: 100,
            fragments: 500,
            depth: 100,
            fields: 2000,
            root_fields: 1000,
            aliases: 1000,
            directives: 1000,
            values: 128 << 20,
        }
    }
}

/// The error for a document that breaks a limit: `what` names the limit and its number.
pub(super) fn too_large(what: &str) -> ServerError {
    without_location(coded(BAD_USER_INPUT, what))
}

impl Limits {
    /// Whether the text may be parsed. Gives the number of its tokens.
    pub(super) fn check_text(&self, text: &str) -> Result<usize, ServerError> {
        if text.len() > self.bytes {
            return Err(too_large(&format!("the document has more than {} bytes", self.bytes)));
        }
        let Scanned { brackets, tokens } = scan(text);
        if brackets > self.brackets {
            let most = self.brackets;
            return Err(too_large(&format!("the document nests brackets more than {most} levels deep")));
        }
        if tokens > self.tokens {
            return Err(too_large(&format!("the document has more than {} tokens", self.tokens)));
        }
        Ok(tokens)
    }

    /// Whether the document of so many tokens may be validated.
    pub(super) fn check(&self, document: &Document, tokens: usize) -> Result<(), ServerError> {
        let (mut operations, mut fragments) = (Vec::new(), HashMap::new());
        for definition in &document.definitions {
            match definition {
                Definition::OperationDefinition(operation) => operations.push(operation),
                Definition::FragmentDefinition(fragment) => {
                    fragments.entry(&fragment.name).or_insert(&**fragment);
                }
                // These are for validation to refuse.
                _ => {}
            }
        }
        if operations.len() > self.operations {
            return Err(too_large(&format!("the document has more than {} operations", self.operations)));
        }
        if tokens.saturating_mul(operations.len()) > self.validated_tokens.max(self.tokens) {
            let most = self.validated_tokens.max(self.tokens);
            let text =
                format!("the document has more than {most} tokens, counted for each of its operations");
            return Err(too_large(&text));
        }
        if operations.iter().any(|operation| operation.variables.len() > self.variables) {
            return Err(too_large(&format!("the operation has more than {} variables", self.variables)));
        }
        if fragments.len() > self.fragments {
            return Err(too_large(&format!("the document has more than {} fragments", self.fragments)));
        }
        let mut counter = Counter { limits: self, fragments, counted: HashMap::new() };
        for operation in operations {
            let mut size = counter.measure(&operation.selection_set, 0)?;
            size.directives += operation.directives.len();
            self.check_size(&size)?;
        }
        // Including fragments that are never spread: validation follows them too.
        let names: Vec<&Name> = counter.fragments.keys().copied().collect();
        names.into_iter().try_for_each(|name| counter.fragment(name, 0).map(|_| ()))
    }

    fn check_size(&self, size: &Size) -> Result<(), ServerError> {
        for (count, most, what) in [
            (size.fields, self.fields, "fields, with fragments expanded"),
            (size.root_fields, self.root_fields, "fields at its root"),
            (size.aliases, self.aliases, "aliases"),
            (size.directives, self.directives, "directives"),
        ] {
            if count > most {
                return Err(too_large(&format!("the operation has more than {most} {what}")));
            }
        }
        Ok(())
    }
}

/// What a selection set holds, its fragments spread out.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    fields: usize,
    /// Of these, the ones that stand in the set itself.
    root_fields: usize,
    aliases: usize,
    directives: usize,
    depth: usize,
}

impl Size {
    fn add(&mut self, other: Size) {
        self.fields = self.fields.saturating_add(other.fields);
        self.root_fields = self.root_fields.saturating_add(other.root_fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.depth = self.depth.max(other.depth);
    }
}

/// Measures each fragment once and remembers it: a kilobyte of fragments that spread the next one twice would
/// otherwise take 2^31 steps.
struct Counter<'a> {
    limits: &'a Limits,
    fragments: HashMap<&'a Name, &'a FragmentDefinition>,
    /// Nothing while a fragment is being measured: it spreads itself, which validation will refuse.
    counted: HashMap<&'a Name, Size>,
}

impl<'a> Counter<'a> {
    fn measure(&mut self, selections: &'a [Selection], depth: usize) -> Result<Size, ServerError> {
        let mut sum = Size::default();
        for selection in selections {
            // Checked before it is followed, since that is done by recursion.
            self.check_depth(depth + 1)?;
            let (mut size, directives) = match selection {
                Selection::Field(field) => {
                    let mut size =
                        self.measure(field.selection_set.as_deref().unwrap_or_default(), depth + 1)?;
                    size.fields = size.fields.saturating_add(1);
                    size.root_fields = 1;
                    size.aliases = size.aliases.saturating_add(usize::from(field.alias.is_some()));
                    (size, &field.directives)
                }
                Selection::InlineFragment(inline) => {
                    (self.measure(&inline.selection_set, depth + 1)?, &inline.directives)
                }
                Selection::FragmentSpread(spread) => {
                    (self.fragment(&spread.fragment_name, depth + 1)?, &spread.directives)
                }
            };
            size.directives = size.directives.saturating_add(directives.len());
            size.depth += 1;
            sum.add(size);
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &'a Name, depth: usize) -> Result<Size, ServerError> {
        if let Some(size) = self.counted.get(name) {
            let size = *size;
            self.check_depth(depth + size.depth)?;
            return Ok(size);
        }
        self.counted.insert(name, Size::default());
        let Some(fragment) = self.fragments.get(name).copied() else { return Ok(Size::default()) };
        let size = self.measure(&fragment.selection_set, depth)?;
        self.counted.insert(name, size);
        Ok(size)
    }

    fn check_depth(&self, depth: usize) -> Result<(), ServerError> {
        let most = self.limits.depth;
        if depth > most {
            let text = format!("the operation has more than {most} levels of fields and fragments");
            return Err(too_large(&text));
        }
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Scanned {
    /// How deep the brackets go.
    brackets: usize,
    tokens: usize,
}

/// Counts brackets and tokens; those in strings and comments are none.
fn scan(text: &str) -> Scanned {
    let (mut depth, mut brackets, mut tokens) = (0_usize, 0, 0);
    for (_, token) in Tokens::of(text) {
        tokens += 1;
        match token {
            Token::Punctuator(b'{' | b'[' | b'(') => {
                depth += 1;
                brackets = brackets.max(depth);
            }
            Token::Punctuator(b'}' | b']' | b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Scanned { brackets, tokens }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_tokens_are_counted_where_they_are_some() {
        for (document, brackets, tokens) in [
            ("", 0, 0),
            ("{ a { b(c: [{d: [1]}]) } }", 6, 19),
            ("{ a(b: \"[[[[\") }", 2, 8),
            ("{ a(b: \"\\\\\", c: \"\\\"[[\") { d } }", 2, 14),
            ("{ a(b: \"\"\"[[ \\\"\"\" [[ \" [[\"\"\") } # [[[\n{{", 2, 10),
            ("{ a # }\r}", 1, 3),
            ("{ ...F ... on A { b(c: -1.5e+7, d: $e) } }", 3, 19),
            ("}}}{", 1, 4),
            ("\"", 0, 1),
            ("\"\\", 0, 1),
        ] {
            assert_eq!(scan(document), Scanned { brackets, tokens }, "{document}");
        }
    }
}
