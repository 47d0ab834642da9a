//! Inputs that fuzzing found. Before they were mended, those here that are long took minutes.

use super::*;

/// A text of many different words, each `before` it and `after` it.
fn many(before: &str, after: &str) -> String {
    (0..20_000).map(|nth| format!("{before}k{nth}{after}")).collect()
}

#[test]
fn a_head_may_have_many_keys() {
    let keys = many("", ": x\n");
    let yaml = format!("---\ntitle: A\ndate: 2024-03-05\nauthor: Ada\n{keys}---\nbody\n");
    let lines = format!("Title: A\nDate: 2024-03-05\nAuthor: Ada\n{keys}\nbody\n");
    let plan = plan(&[("a.md", &yaml), ("b.md", &lines)]);
    assert_eq!(plan.posts.len(), 2, "{:?}", plan.not_carried);
    // Those that stand twice are still found, whatever lies between them.
    let (front, _) = front_matter::parse(&lines.replace("\n\nbody", "\nTI_TLE: B\n\nbody")).unwrap();
    assert_eq!((front.text(&["title"]), &*front.twice), (Some("B"), &["TI_TLE".to_owned()][..]));
}

#[test]
fn a_file_may_have_many_people_and_a_post_many_authors() {
    let people = many("", ":\n  name: Ada\n");
    let authors = many("", ", ");
    let text = format!("---\ntitle: A\ndate: 2024-03-05\nauthor: \"{authors}\"\n---\nbody\n");
    let plan = plan(&[("a.md", &text), ("authors.yml", &people)]);
    assert_eq!(plan.posts[0].authors.len(), 1, "all of them have keys of Ada's");
    let plan = plan_with(&[("a.md", &text)], &Options::default());
    assert_eq!(plan.posts[0].authors.len(), 20_000);
}

#[test]
fn a_name_may_have_many_marks() {
    let after = |marks: &str| names::plain(&(marks.repeat(300_000) + "Ada"));
    assert_eq!((after("["), after("[](")), ("Ada".to_owned(), "]".to_owned()));
    let name = names::in_byline(&("Ada".to_owned() + &", Jr".repeat(300_000)));
    assert_eq!((name.len(), name[0].len()), (1, 3 + 4 * 300_000));
}

#[test]
fn what_hardly_ever_happens_is_mended_in_short_heads_only() {
    let head = |long: usize| {
        let text = "x".repeat(long);
        head("---", &format!("long: {text}\nlist:\n    - \"a\n{}c\"", "b\n".repeat(50)))
    };
    assert!(head(1000).is_ok());
    assert!(matches!(head(1 << 20), Err(Reason::BadFrontMatter(_))));
}
