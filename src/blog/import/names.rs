//! People's names as posts give them: bylines taken apart, and what one person is recognised by.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What a person is recognised by: the name in lowercase, without accents and punctuation, so that `Zoë  Lee` and `zoe-lee` are one.
/// It keeps the letters of every script: `李伟` and `李薇` are two, although both make the username `li-wei`.
pub(super) fn key(name: &str) -> String {
    // The accents of European scripts. Marks of others are vowels and consonants.
    let is_accent = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    let letters = name.nfkd().filter(|c| !is_accent(c)).flat_map(char::to_lowercase);
    let spaced = letters.map(|c| if c.is_alphanumeric() || is_combining_mark(c) { c } else { ' ' });
    let spaced: String = spaced.nfc().collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The people that a byline names: `Ann Lee, Bo Ma and Cy Ra` are three.
pub(super) fn in_byline(byline: &str) -> Vec<String> {
    let line = plain(byline);
    let line = line.strip_prefix("by ").or(line.strip_prefix("By ")).unwrap_or(&line);
    let mark = if line.contains(';') { ';' } else { ',' };
    let mut names: Vec<String> = Vec::new();
    for part in line.split(mark) {
        let part = part.trim();
        let part = part.strip_prefix("and ").or(part.strip_prefix("& ")).unwrap_or(part);
        match (names.last_mut(), Suffix::of(part)) {
            (Some(_), Some(Suffix::Degree)) => {}
            (Some(last), Some(Suffix::OfTheName)) => last.extend([", ", part]),
            _ => {
                let marks = [" and ", " & ", " / ", " | "];
                let parts = marks.iter().fold(vec![part], |parts, mark| {
                    parts.into_iter().flat_map(|part| part.split(mark)).collect()
                });
                names.extend(parts.into_iter().map(str::to_owned));
            }
        }
    }
    names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// A name without what is written around it: `[Ann Lee](https://example.org) (Acme)`, `Ann Lee <ann@example.org>` and `@Ann Lee` are
/// `Ann Lee`.
pub(super) fn plain(name: &str) -> String {
    let mut text = String::new();
    let mut rest = name;
    // Where no link ends, none ends further on: looking again for each bracket would take too long.
    let mut has_links = true;
    // A Markdown link leaves its text.
    while let Some((before, after)) = rest.split_once('[') {
        let end = if has_links { after.split_once("](") } else { None };
        let link = end.and_then(|(label, after)| Some((label, after.split_once(')')?.1)));
        has_links = link.is_some();
        text += before;
        (text, rest) = match link {
            Some((label, after)) => (text + label, after),
            None => (text, after),
        };
    }
    text += rest;
    let text = without(&without(&text, '<', '>'), '(', ')');
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(" ,", ",").trim_start_matches('@').trim_matches([',', ';', ' ']).to_owned()
}

/// `text` without everything between the two marks, which need not be closed.
fn without(text: &str, open: char, close: char) -> String {
    let mut depth = 0_u32;
    let outside = text.chars().filter(|c| {
        if *c == open {
            depth += 1;
        }
        let outside = depth == 0;
        if *c == close {
            depth = depth.saturating_sub(1);
        }
        outside
    });
    outside.collect()
}

/// What may follow a name after a comma.
enum Suffix {
    /// Part of the name.
    OfTheName,
    /// Left out, so that one person with and without it is one.
    Degree,
}

impl Suffix {
    fn of(part: &str) -> Option<Suffix> {
        match part.replace('.', "").to_lowercase().as_str() {
            "jr" | "sr" | "ii" | "iii" | "iv" | "inc" | "llc" | "ltd" | "gmbh" => Some(Suffix::OfTheName),
            "phd" | "dphil" | "md" | "mph" | "msc" | "bsc" | "mba" | "esq" => Some(Suffix::Degree),
            _ => None,
        }
    }
}
