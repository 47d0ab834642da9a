//! What is read of a document's head.

use super::*;

#[test]
fn scalars_are_text_as_written() {
    let front = head(
        "---",
        "title: 2019\ndate: 2019-03-05\nslug: 1.10\ntags: [007, 1_000, no, .nan, ~, '', ' a ', *x]\nlink: &x yes",
    );
    // An alias before its anchor is no YAML.
    assert!(matches!(front, Err(Reason::BadFrontMatter(_))));
    let front = head(
        "---",
        "title: 2019 # the year\ndate: 2019-03-05\nslug: 1.10\nbio: é 0x1F\nlink: &x yes\n\
         tags: [007, 1_000, no, .nan, ~, '', ' a ', \"b: c\", *x, 2.50]\ndraft: True",
    )
    .unwrap();
    assert_eq!(front.text(&["title"]), Some("2019"));
    assert_eq!(front.text(&["date"]), Some("2019-03-05"));
    assert_eq!(front.text(&["slug"]), Some("1.10"));
    assert_eq!(front.text(&["missing"]), None);
    assert_eq!(front.text(&["tags"]), None);
    assert_eq!(front.text(&["missing", "tags", "slug"]), Some("1.10"));
    let tags = front.values(&["tags"]).next().unwrap();
    assert_eq!(tags.texts(), ["007", "1_000", "no", ".nan", "a", "b: c", "yes", "2.50"]);
    assert_eq!(["draft", "link", "title"].map(|key| front.truth(key)), [Some(true), Some(true), None]);
}

#[test]
fn names_come_under_many_keys_and_in_many_shapes() {
    let names = |front: Result<front_matter::FrontMatter, Reason>| people::in_front_matter(&front.unwrap());
    assert_eq!(names(head("---", "author: Ada Moreno ")), ["Ada Moreno"]);
    assert_eq!(names(head("---", "author: [Ada, Jun]\nauthors: Lena")), ["Ada", "Jun", "Lena"]);
    assert_eq!(names(head("---", "authors:\n- name: Ada\n  url: x\n- name: Jun\n- {}")), ["Ada", "Jun"]);
    assert_eq!(names(head("---", "author: {name: Ada}")), ["Ada"]);
    assert_eq!(names(head("---", "author:\nauthors: []")), [""; 0]);
    assert_eq!(names(head("+++", "[taxonomies]\nauthors = [\"Ada\", \"Jun\"]")), ["Ada", "Jun"]);
    assert_eq!(names(head("+++", "[[authors]]\nname = \"Ada\"\n[author]\nname = 'Jun'")), ["Jun", "Ada"]);
    for key in ["by", "author_name", "byline", "creator", "Author", "authorName"] {
        assert_eq!(names(head("---", &format!("{key}: Ada"))), ["Ada"], "{key}");
    }
    assert_eq!(names(head("---", "extra: {author: Ada}\nparams: {authors: [Jun]}")), ["Ada", "Jun"]);
    assert_eq!(names(head("---", "author: {key: ada, url: x}")), ["ada"]);
    assert_eq!(names(head("---", "author: {first_name: Ada, last_name: Moreno}")), ["Ada Moreno"]);
    assert_eq!(
        names(head("---", "author:\n- Ada Moreno: https://example.org\n- Jun: x")),
        ["Ada Moreno", "Jun"]
    );
    assert_eq!(names(head("---", "authors: ['Moreno, Ada']")), ["Moreno, Ada"]);
    assert_eq!(names(head("---", "author: {email: a@example.org, twitter: ada}")), [""; 0]);
    assert_eq!(names(head("---", "author: {en: Ada, de: Adele}")), ["Adele"]);
}

#[test]
fn toml_dates_are_timestamps() {
    for (written, expected) in [
        ("2024-04-18", "2024-04-18"),
        ("2024-04-18T14:40:00", "2024-04-18T14:40:00Z"),
        ("2024-04-18 14:40:00.5", "2024-04-18T14:40:00.5Z"),
        ("2024-04-18T14:40:00-07:00", "2024-04-18T21:40:00Z"),
        ("\"2024-04-18T14:40:00Z\"", "2024-04-18T14:40:00Z"),
    ] {
        let front = head("+++", &format!("date = {written}\ntitle = 2019\ndraft = true")).unwrap();
        assert_eq!(at(front.text(&["date"]).unwrap()), at(expected), "{written}");
        assert_eq!((front.text(&["title"]), front.truth("draft")), (Some("2019"), Some(true)));
    }
}

#[test]
fn the_body_follows_the_fence_whatever_ends_the_lines() {
    for text in [
        "---\ntitle: A\n---\n\n  Code\n\n---\nmore\n\n",
        "\u{feff}---\r\ntitle: A\r\n---\r\n\r\n  Code\r\n\r\n---\r\nmore\r\n",
        "\n\n---  \ntitle: A\n--- \n  Code\n\n---\nmore",
        "+++\ntitle = 'A'\n+++\n  Code\n\n---\nmore",
    ] {
        let (front, body) = front_matter::parse(text).unwrap();
        assert_eq!((front.text(&["title"]), &*body), (Some("A"), "  Code\n\n---\nmore"), "{text:?}");
    }
    assert_eq!(front_matter::parse("---\ntitle: A\n---").unwrap().1, "");
    assert_eq!(front_matter::parse("---\n---\nonly a body").unwrap().1, "only a body");
    assert_eq!(front_matter::parse("---\n# nothing\n---\nonly a body").unwrap().1, "only a body");
}

#[test]
fn bad_front_matter_says_why_and_where() {
    let reason = |text: &str| front_matter::parse(text).map(|_| ()).unwrap_err();
    for none in ["", "# Title\n\n---\na: b\n---\n", "--- title: A\n---\n"] {
        assert!(!front_matter::parse(none).unwrap().0.is_there, "{none:?}");
    }
    assert_eq!(reason("---\ntitle: A\n+++\n"), Reason::NoClosingFence);
    assert_eq!(reason("---"), Reason::NoClosingFence);
    assert_eq!(reason("---\n- a\n---\n"), Reason::BadFrontMatter("it holds no keys".into()));
    assert_eq!(reason("---\ntitle: \"a\\0b\"\n---\n"), Reason::NulCharacter);
    assert_eq!(reason("+++\ntags = ['a', \"\\u0000\"]\n+++\n"), Reason::NulCharacter);
    let words = |text: &str| match reason(text) {
        Reason::BadFrontMatter(words) => words,
        other => panic!("{other:?}"),
    };
    // The line is the file's.
    assert!(words("\n---\na: b\nc: [d\n---\n").contains("line 4"), "{}", words("\n---\na: b\nc: [d\n---\n"));
    assert_eq!(
        words("+++\na = 1\nb = oops\n+++\n"),
        "TOML parse error at line 3, column 5: string values must be quoted, expected literal string"
    );
    // No message speaks of the parser's options.
    for bad in ["a: b\n- c", "a: [b", "a: 'b", "a: b: c", "\ta: b", "a: *b", "? [x]: y", "a: !!binary x"] {
        if let Err(Reason::BadFrontMatter(words)) = head("---", bad) {
            let lower = words.to_lowercase();
            assert!(
                !lower.contains("option") && !lower.contains("policy") && words.contains("line"),
                "{words}"
            );
        }
    }
}

#[test]
fn a_quoted_text_may_go_on_without_indentation() {
    let front = head("---", "a:\n  title: 'no'\ntitle: \"One\ntwo\n\nthree\"\nname: 'x\n---y'").unwrap();
    assert_eq!(front.text(&["title"]), Some("One two\nthree"));
    assert_eq!(front.text(&["name"]), Some("x ---y"));
}

#[test]
fn a_key_may_stand_twice_and_the_last_one_counts() {
    let front = head("---", "title: A\ntags: [a]\ntitle: B\nTags: [b]").unwrap();
    assert_eq!(front.text(&["title"]), Some("B"));
    assert_eq!(front.twice, ["title", "Tags"]);
    assert_eq!(front.values(&["tags"]).next().unwrap().texts(), ["b"]);
    assert!(head("---", "draft: false\nDraft: true").unwrap().is_wished("draft"));
    let lines = front_matter::parse("Title: A\nTitle: B\n  and C\nDate: 2024-01-01\n\nText").unwrap();
    assert_eq!((lines.0.text(&["title"]), &*lines.1), (Some("B and C"), "Text"));
    assert_eq!(lines.0.twice, ["Title"]);
    let json = front_matter::parse("{\"title\": \"A\", \"title\": \"B\"}\n\nText").unwrap();
    assert_eq!(json.0.text(&["title"]), Some("B"));
    assert_eq!(json.0.twice, ["title"]);
}
