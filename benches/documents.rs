//! What it takes to read a document: the first time, and again; and to make its operation ready.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that fails should say where")]
#![allow(missing_docs, reason = "documents of a bench")]

use async_graphql::Variables;
use doorway::{blog::app, document::Documents};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DOCUMENTS: [(&str, &str); 2] = [
    (
        "50 posts with author, profile and tags",
        "{ blogPosts(limit: 50) { id title author { username profile { bio } } tags { name } } }",
    ),
    ("one user", "{ user(username: \"ada-moreno\") { id username } }"),
];

/// The fastest of ten rounds, in nanoseconds.
fn time(mut work: impl FnMut()) -> u128 {
    let rounds = (0..10).map(|_| {
        let (begin, mut done) = (Instant::now(), 0);
        while begin.elapsed() < Duration::from_millis(50) {
            work();
            done += 1;
        }
        begin.elapsed().as_nanos() / done
    });
    rounds.min().unwrap_or_default()
}

fn main() {
    let schema = app().documents().clone();
    let documents = Documents::new(schema.clone(), 64 << 20);
    for (name, text) in DOCUMENTS {
        let document = documents.read(text).unwrap();
        let cold = time(|| drop(black_box(schema.document(black_box(text)).unwrap())));
        let warm = time(|| drop(black_box(documents.read(black_box(text)).unwrap())));
        let ready =
            time(|| drop(black_box(document.request(None, &Variables::default()).unwrap().selection())));
        println!("{name}: read {cold} ns, read again {warm} ns, made ready {ready} ns");
    }
}
