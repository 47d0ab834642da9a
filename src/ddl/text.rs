//! SQL as tokens: enough to compare conditions, to read what catalogues do not have, and to rename what stands in it.

/// A token, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    /// A word in lower case, a name without its quotes, and anything else as it is written.
    pub text: String,
    pub start: usize,
    pub end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    /// A name in quotes.
    Name,
    /// A text, a number or a sign.
    Other,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.kind != TokenKind::Name && self.text == text
    }

    /// Whether it may be a name.
    pub fn is_name(&self) -> bool {
        self.kind != TokenKind::Other
    }
}

/// The tokens of a text, without spaces and comments.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    let bytes = sql.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &sql[at..];
        let length = |end: Option<usize>| end.unwrap_or(rest.len());
        let is_in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let (kind, size) = match rest.chars().next().unwrap_or(' ') {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '-' if rest.starts_with("--") => {
                at += length(rest.find('\n'));
                continue;
            }
            '/' if rest.starts_with("/*") => {
                at += length(rest.find("*/").map(|end| end + 2));
                continue;
            }
            quote @ ('\'' | '"' | '`') => {
                let kind = if quote == '\'' { TokenKind::Other } else { TokenKind::Name };
                (kind, quoted_length(rest, quote))
            }
            '[' => (TokenKind::Name, length(rest.find(']').map(|end| end + 1))),
            '$' if dollar_length(rest).is_some() => (TokenKind::Other, length(dollar_length(rest))),
            c if c.is_ascii_digit() => (TokenKind::Other, length(rest.find(|c| !is_in_word(c) && c != '.'))),
            c if is_in_word(c) => (TokenKind::Word, length(rest.find(|c| !is_in_word(c)))),
            _ if ["==", "<>", "!=", "<=", ">=", "||", "::"].iter().any(|two| rest.starts_with(two)) => {
                (TokenKind::Other, 2)
            }
            c => (TokenKind::Other, c.len_utf8()),
        };
        let written = &rest[..size];
        let text = match kind {
            TokenKind::Word => written.to_lowercase(),
            TokenKind::Name => {
                let quote = &written[..1];
                written.get(1..size.saturating_sub(1)).unwrap_or("").replace(&quote.repeat(2), quote)
            }
            TokenKind::Other => match written {
                "==" => "=".to_owned(),
                "!=" => "<>".to_owned(),
                other => other.to_owned(),
            },
        };
        tokens.push(Token { kind, text, start: at, end: at + size });
        at += size;
    }
    tokens
}

/// The length of what is between quotes, with them.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == quote && letters.next_if(|next| next.1 == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

/// The length of PostgreSQL's `$tag$…$tag$`.
fn dollar_length(text: &str) -> Option<usize> {
    let tag_end = text[1..].find(|c: char| !c.is_alphanumeric() && c != '_')? + 1;
    let tag = text.get(..=tag_end).filter(|tag| tag.ends_with('$'))?;
    Some(text[tag.len()..].find(tag)? + 2 * tag.len())
}

/// A text that is the same for two expressions that differ only in spaces, quotes, case and outer parentheses.
pub(super) fn normal(expression: &str) -> Vec<String> {
    let all = tokens(expression);
    let mut inner = &all[..];
    while let [first, between @ .., last] = inner
        && first.is("(")
        && last.is(")")
        && closing(inner) == Some(inner.len() - 1)
    {
        inner = between;
    }
    inner.iter().map(|token| token.text.clone()).collect()
}

/// Where the parenthesis closes that the first token opens.
fn closing(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        }
        depth == 0
    })
}

/// The tokens between the parentheses that the first one opens.
pub(super) fn within(tokens: &[Token]) -> Option<&[Token]> {
    let end = closing(tokens).filter(|_| tokens.first().is_some_and(|first| first.is("(")))?;
    tokens.get(1..end)
}

/// The parts between such tokens, parentheses kept whole.
pub(super) fn parts<'a>(tokens: &'a [Token], between: &str) -> Vec<&'a [Token]> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is(between) {
            parts.push(&tokens[begin..at]);
            begin = at + 1;
        }
    }
    parts.push(&tokens[begin..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// What is written from the first to the last of these tokens.
pub(super) fn source<'a>(sql: &'a str, tokens: &[Token]) -> &'a str {
    match tokens {
        [first, .., last] => &sql[first.start..last.end],
        [only] => &sql[only.start..only.end],
        [] => "",
    }
}

/// The column and the texts of `column IN ('a', 'b')`.
pub(super) fn in_list(expression: &str) -> Option<(String, Vec<String>)> {
    let tokens = tokens(expression);
    let [column, is_in, list @ ..] = &tokens[..] else { return None };
    let inner = within(list).filter(|inner| inner.len() + 2 == list.len())?;
    let values: Option<Vec<String>> = parts(inner, ",")
        .into_iter()
        .map(|part| match part {
            [value] => unquoted(&value.text),
            _ => None,
        })
        .collect();
    (column.is_name() && is_in.is("in")).then_some((column.text.clone(), values?))
}

/// A text as SQL writes it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The text that SQL writes so.
pub(super) fn unquoted(written: &str) -> Option<String> {
    Some(written.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

/// The same SQL with another name for what is called `old`.
pub(super) fn with_name(sql: &str, old: &str, new: &str) -> String {
    let (mut text, mut from) = (String::new(), 0);
    for token in tokens(sql).iter().filter(|token| token.is_name() && token.text == old) {
        text += &sql[from..token.start];
        text += &super::names::ident(new);
        from = token.end;
    }
    text + &sql[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_compared_by_their_tokens() {
        for (one, other) in [
            ("rating > 0", "((\"rating\">0))"),
            ("length( id ) == 16", "LENGTH(id) = 16"),
            ("state IN ('It''s', 'b') -- c", "state in ( 'It''s' ,'b' )"),
        ] {
            assert_eq!(normal(one), normal(other));
        }
        for (one, other) in [("a > 0", "a > 1"), ("a = 'x'", "a = 'X'"), ("(a) + (b)", "a) + (b")] {
            assert_ne!(normal(one), normal(other));
        }
    }

    #[test]
    fn texts_and_comments_are_no_names() {
        let sql = "SELECT a, 'a', \"a\" /* a */ -- a\n, $x$ a $x$ FROM a1";
        assert_eq!(with_name(sql, "a", "b"), "SELECT b, 'a', b /* a */ -- a\n, $x$ a $x$ FROM a1");
    }

    #[test]
    fn lists_of_texts_are_recognised() {
        let values = vec!["draft".to_owned(), "it's".to_owned()];
        assert_eq!(in_list("state IN ('draft', 'it''s')"), Some(("state".to_owned(), values)));
        for other in ["state IN (1, 2)", "state NOT IN ('a')", "state IN ('a') OR x", "length(id) = 16", ""] {
            assert_eq!(in_list(other), None, "{other}");
        }
    }
}
