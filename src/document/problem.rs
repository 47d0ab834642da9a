//! What is wrong with a document, and the errors that say so.

use super::lines::Lines;
use super::{location, suggest};
use crate::error::{coded, without_location};
use apollo_compiler::{ast, parser::SourceSpan};
use async_graphql::{Pos, ServerError};
use std::fmt::Write;

/// The most errors that are reported for one document.
pub(super) const MAX_ERRORS: usize = 20;

/// What is wrong with a document, and where.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) text: String,
    location: Option<SourceSpan>,
}

impl Problem {
    pub(super) fn new(text: impl Into<String>, location: Option<SourceSpan>) -> Problem {
        Problem { text: text.into(), location }
    }

    /// Names the field that it is about, where it does not.
    pub(super) fn placed_in(mut self, document: &ast::Document) -> Problem {
        let field = self.location.and_then(|location| location::field_at(document, location));
        if let Some(field) = field.filter(|field| !self.text.contains(&format!("`{field}`"))) {
            let _ = write!(self.text, ", at `{field}`");
        }
        self
    }

    /// Suggests the name that was probably meant.
    pub(super) fn with_suggestion(mut self, schema: &apollo_compiler::Schema) -> Problem {
        if let Some(name) = suggest::suggestion(schema, &self.text) {
            let _ = write!(self.text, ". Did you mean `{name}`?");
        }
        self
    }

    /// In the words of this server, for what a client would not understand.
    pub(super) fn reworded(mut self) -> Problem {
        for (theirs, ours) in [
            (" in this document", ""),
            ("cannot find type ", "the schema has no type "),
            ("cannot find directive ", "the schema has no directive "),
            ("cannot find fragment ", "the document has no fragment "),
            (
                "int cannot represent non 32-bit signed integer value",
                "the number does not fit in an Int (32 bits)",
            ),
            (
                "skip directive is not supported for VARIABLE_DEFINITION location",
                "`@skip` is not allowed on the definition of a variable",
            ),
            (
                "include directive is not supported for VARIABLE_DEFINITION location",
                "`@include` is not allowed on the definition of a variable",
            ),
        ] {
            self.text = self.text.replace(theirs, ours);
        }
        self
    }

    /// With the characters that the parser wants in place of its names for them.
    pub(super) fn in_plain_words(mut self) -> Problem {
        for (name, character) in [
            ("R_CURLY", "`}`"),
            ("L_CURLY", "`{`"),
            ("R_PAREN", "`)`"),
            ("L_PAREN", "`(`"),
            ("R_BRACK", "`]`"),
            ("L_BRACK", "`[`"),
            ("<EOF>", "end of the document"),
            ("EOF", "the end of the document"),
            ("Unexpected end of the document.", "unexpected end of the document"),
        ] {
            self.text = self.text.replace(name, character);
        }
        self
    }
}

impl Lines {
    /// The errors for these problems, up to [`MAX_ERRORS`].
    pub(super) fn errors(&self, code: &str, problems: impl Iterator<Item = Problem>) -> Vec<ServerError> {
        problems.take(MAX_ERRORS).map(|problem| self.error(code, problem.text, problem.location)).collect()
    }

    /// An error at a place of the document.
    pub(super) fn error(
        &self,
        code: &str,
        text: impl Into<String>,
        location: Option<SourceSpan>,
    ) -> ServerError {
        let error = coded(code, text);
        match location {
            Some(_) => error.into_server_error(self.of_span(location)),
            None => without_location(error),
        }
    }

    /// Where something begins.
    pub(super) fn of_span(&self, location: Option<SourceSpan>) -> Pos {
        location.map_or_else(Pos::default, |location| self.position(location.offset()))
    }
}
