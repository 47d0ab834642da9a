//! Where a document's head ends and its body begins, in each of the notations that generators know.

use super::report::Reason;

/// A document taken apart.
pub(super) struct Parts<'a> {
    pub notation: Notation,
    /// An empty line for each line above the head comes first, so that a parser's line numbers are the file's.
    pub head: String,
    pub body: &'a str,
}

/// How a head is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    Yaml,
    Toml,
    /// `Key: value` until a line of another kind: Pelican's, and MultiMarkdown's.
    Lines,
    /// There is no head.
    None,
}

/// An opening fence, what closes it, and what is between. Jekyll and Pandoc close YAML with dots as well; Hexo has JSON between
/// semicolons; Eleventy and gray-matter name the notation behind the dashes. JSON is read as YAML, of which it is a part.
const FENCES: [(&str, &[&str], Notation); 6] = [
    ("---", &["---", "..."], Notation::Yaml),
    ("+++", &["+++"], Notation::Toml),
    (";;;", &[";;;"], Notation::Yaml),
    ("---yaml", &["---"], Notation::Yaml),
    ("---json", &["---"], Notation::Yaml),
    ("---toml", &["---"], Notation::Toml),
];

/// Takes a document apart. Blank lines may come first.
pub(super) fn split(text: &str) -> Result<Parts<'_>, Reason> {
    let start = text.len() - text.trim_start().len();
    let above = "\n".repeat(text[..start].matches('\n').count());
    let text = &text[start..];
    let (opening, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let Some((_, closing, notation)) = FENCES.iter().find(|(fence, ..)| is_fence(opening, fence)) {
        let ends = |line: &str| line == opening.trim_end() || closing.contains(&line);
        let (head, body) = until(rest, ends).ok_or(Reason::NoClosingFence)?;
        // Hexo leaves the braces out.
        let is_members =
            matches!(opening.trim_end(), ";;;" | "---json") && !head.trim_start().starts_with('{');
        let head = if is_members { format!("{{{head}}}") } else { head.to_owned() };
        return Ok(Parts { notation: *notation, head: above + "\n" + &head, body });
    }
    if let Some((head, body)) = json(text) {
        return Ok(Parts { notation: Notation::Yaml, head: above + head, body });
    }
    if let Some((head, body)) = exported(text) {
        return Ok(Parts { notation: Notation::Yaml, head: above + &literal(head), body });
    }
    if let Some((head, body)) = commented(text).or_else(|| properties(text)) {
        return Ok(Parts { notation: Notation::Lines, head: above + &head, body });
    }
    if is_entry(opening) {
        // Hexo lets the opening fence be left out.
        let is_yaml =
            |line: &str| line.is_empty() || is_entry(line) || line.starts_with([' ', '\t', '-', '#']);
        let fenced = until(text, |line| line == "---").filter(|(head, _)| head.lines().all(is_yaml));
        let (notation, found) = match fenced {
            Some(found) => (Notation::Yaml, found),
            None => (Notation::Lines, entries(text)),
        };
        let known = found.0.lines().filter(|line| is_entry(line) && KEYS.contains(&&*key_of(line))).count();
        if known > 1 || found.0.lines().any(names_a_post) {
            return Ok(Parts { notation, head: above + found.0, body: found.1 });
        }
    }
    // A fence that nobody knows, or a comment before the fence: the head must not become the text of a post.
    let known = text.lines().take(20).take_while(|line| !line.starts_with("```"));
    if known.filter(|line| is_entry(line) && KEYS.contains(&&*key_of(line))).count() > 1 {
        return Err(Reason::UnknownFrontMatter);
    }
    Ok(Parts { notation: Notation::None, head: String::new(), body: text })
}

/// Whether a line opens a head. Hexo takes more than three dashes as well.
fn is_fence(line: &str, fence: &str) -> bool {
    let line = line.trim_end();
    line == fence || (fence == "---" && line.len() > 3 && line.bytes().all(|byte| byte == b'-'))
}

/// The lines `key: value` at the beginning, with those that are indented, and what follows them.
fn entries(text: &str) -> (&str, &str) {
    let is_head = |line: &&str| is_entry(line) || (line.starts_with([' ', '\t']) && !line.trim().is_empty());
    let length = text.split_inclusive('\n').take_while(is_head).map(str::len).sum();
    text.split_at(length)
}

/// What comes before the first line that `ends` it, and what after.
fn until(text: &str, ends: impl Fn(&str) -> bool) -> Option<(&str, &str)> {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        if ends(line.trim_end()) {
            return Some((&text[..length], &text[length + line.len()..]));
        }
        length += line.len();
    }
    None
}

/// A JSON object at the beginning, as Hugo takes it.
fn json(text: &str) -> Option<(&str, &str)> {
    if !text.strip_prefix('{')?.trim_start().starts_with('"') {
        return None;
    }
    Some(text.split_at(braces(text)?))
}

/// The object that an MDX file exports: `export const meta = { title: 'Hello' }`.
fn exported(text: &str) -> Option<(&str, &str)> {
    const NAMES: [&str; 7] =
        ["meta", "metadata", "frontmatter", "frontMatter", "attributes", "article", "post"];
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    // Only imports and other exports come before it: text would be lost.
    let is_code = |line: &str| line.is_empty() || line.starts_with("import ") || line.starts_with("export ");
    starts.take(100).take_while(|start| text[..*start].lines().all(is_code)).find_map(|start| {
        let declared = text[start..].strip_prefix("export const ")?;
        let (name, object) = declared.split_once('=')?;
        let object = object.trim_start();
        if !NAMES.contains(&name.split(':').next().unwrap_or(name).trim()) || !object.starts_with('{') {
            return None;
        }
        let end = braces(object)?;
        Some((&object[..end], object[end..].trim_start_matches(';')))
    })
}

/// A JavaScript object as YAML takes it: every text between double quotes, without comments, and dates without their `new Date(…)`.
fn literal(object: &str) -> String {
    let (mut out, mut quote) = (String::new(), None);
    let mut letters = object.chars().peekable();
    while let Some(c) = letters.next() {
        match (quote, c) {
            (Some(_), '\\') => match letters.next() {
                Some('\n') | None => {}
                Some(c @ ('n' | 't' | 'r' | 'u' | '"' | '\\')) => out.extend(['\\', c]),
                Some(c) => out.push(c),
            },
            (Some(open), c) if c == open => {
                out.push('"');
                quote = None;
            }
            (Some(_), '"') => out.push_str("\\\""),
            (Some(_), '\n') => out.push_str("\\n"),
            (None, '"' | '\'' | '`') => {
                out.push('"');
                quote = Some(c);
            }
            (None, '/') if letters.peek() == Some(&'/') => {
                letters.by_ref().find(|c| *c == '\n');
                out.push('\n');
            }
            (None, '/') if letters.peek() == Some(&'*') => {
                letters.next();
                let mut last = ' ';
                letters.by_ref().find(|c| std::mem::replace(&mut last, *c) == '*' && *c == '/');
            }
            _ => out.push(c),
        }
    }
    out.replace("new Date(\"", "\"").replace("\")", "\"")
}

/// Nikola's head: `.. key: value` lines, in a comment or not.
fn commented(text: &str) -> Option<(String, &str)> {
    let (lines, body) = match text.strip_prefix("<!--") {
        Some(comment) => comment.split_once("-->")?,
        None => until(text, str::is_empty)?,
    };
    let lines: Vec<&str> = lines.lines().filter(|line| !line.trim().is_empty()).collect();
    let entries: Option<Vec<&str>> = lines.iter().map(|line| line.trim().strip_prefix(".. ")).collect();
    let entries = entries.filter(|entries| entries.iter().any(|line| names_a_post(line)))?;
    Some((entries.join("\n"), body))
}

/// JBake's head: `key=value` lines until a line of tildes.
fn properties(text: &str) -> Option<(String, &str)> {
    let (lines, body) = until(text, |line| line.len() > 2 && line.bytes().all(|byte| byte == b'~'))?;
    let entries: Vec<String> = lines.lines().map(|line| line.replacen('=', ": ", 1)).collect();
    let is_head = entries.iter().any(|line| names_a_post(line)) && !lines.contains("\n\n");
    is_head.then(|| (entries.join("\n"), body))
}

/// The length of the object in braces that `text` begins with, those in quotes left aside.
fn braces(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_u32, None, false);
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' || c == '`' => quote = Some(c),
            None if c == '{' => depth += 1,
            None if c == '}' && depth == 1 => return Some(at + 1),
            None if c == '}' => depth -= 1,
            None => {}
        }
    }
    None
}

/// Whether `text`, which may be cut off, begins with the head of a post.
pub(super) fn begins_with_a_head(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let plain = |line: &str| {
        let line = line.trim().trim_start_matches(".. ").replace('"', "");
        if line.contains(':') { line } else { line.replacen('=', ":", 1) }
    };
    let first = text.lines().next().unwrap_or_default().trim_end();
    let is_fence =
        FENCES.iter().any(|(fence, ..)| is_fence(first, fence)) || first == "<!--" || first.starts_with('{');
    (is_fence || is_entry(&plain(first))) && text.lines().take(50).any(|line| names_a_post(&plain(line)))
}

/// The keys by which a head without fences is told from a text. Their values may follow the colon without a space.
const KEYS: [&str; 13] = [
    "title",
    "date",
    "author",
    "authors",
    "tags",
    "category",
    "categories",
    "slug",
    "status",
    "summary",
    "lang",
    "draft",
    "published",
];

/// Whether a line is `key: value`.
fn is_entry(line: &str) -> bool {
    line.split_once(':').is_some_and(|(key, value)| {
        let key = key.trim_end();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let is_apart = value.is_empty() || value.starts_with(char::is_whitespace);
        !key.is_empty() && key.chars().all(is_word) && (is_apart || KEYS.contains(&&*key_of(line)))
    })
}

fn key_of(line: &str) -> String {
    line.split(':').next().unwrap_or_default().trim().to_lowercase()
}

/// Whether a line has a key that tells a head from a text that begins with a word and a colon.
fn names_a_post(line: &str) -> bool {
    is_entry(line) && ["title", "date"].contains(&&*key_of(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Notation, String, &str) {
        let parts = split(text).unwrap();
        (parts.notation, parts.head, parts.body)
    }

    #[test]
    fn every_notation_is_told_from_plain_text() {
        assert_eq!(parts("---\na: b\n...\nx"), (Notation::Yaml, "\na: b\n".into(), "x"));
        assert_eq!(parts("---toml\na = 1\n---\nx"), (Notation::Toml, "\na = 1\n".into(), "x"));
        assert_eq!(parts(";;;\n\"a\": 1\n;;;\nx"), (Notation::Yaml, "\n{\"a\": 1\n}".into(), "x"));
        assert_eq!(parts("\n{\"a\": \"}\"}\nx"), (Notation::Yaml, "\n{\"a\": \"}\"}".into(), "\nx"));
        assert_eq!(parts("title: A\n---\nx"), (Notation::Yaml, "title: A\n".into(), "x"));
        assert_eq!(
            parts("Title: A: b\nTags: c\n\nx"),
            (Notation::Lines, "Title: A: b\nTags: c\n".into(), "\nx")
        );
        assert_eq!(
            parts("import X from 'x'\n\nexport const meta = {\n  title: 'A }',\n};\nx"),
            (Notation::Yaml, "{\n  title: \"A }\",\n}".into(), "\nx")
        );
        for plain in
            ["# A\n\n---\n", "{{ x }}", "{% x %}", "Note: this\n\ntitle: x", "Hello", "", "https://x\n---\n"]
        {
            assert_eq!(parts(plain), (Notation::None, String::new(), plain), "{plain:?}");
        }
        assert!(matches!(split("---\na: b\n"), Err(Reason::NoClosingFence)));
    }
}
