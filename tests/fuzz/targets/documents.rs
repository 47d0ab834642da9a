//! A document, the JSON of its variables and the name of its operation: read, validated, compiled and run on the demo blog.
//!
//! Where async-graphql's parser reads the document too, both must agree on what its operations are.

#![no_main]

use async_graphql::{
    Request, Variables,
    parser::{parse_query, types::OperationType},
};
use doorway::document::{Kind, is_introspection};
use doorway::engine::{Limits, Operation as Running, Plan};
use doorway::execution::{Bounds, Operation, answer};
use doorway_fuzz::{APP, SEPARATOR, block_on, check_response, in_time, repeated, with_blog};
use libfuzzer_sys::{Corpus, fuzz_target};
use std::sync::LazyLock;

static BOUNDS: LazyLock<Bounds> = LazyLock::new(Bounds::default);

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    let mut parts = text.split(SEPARATOR);
    let document = &*repeated(parts.next().unwrap_or_default());
    let variables: Variables =
        parts.next().and_then(|json| serde_json::from_str(&repeated(json)).ok()).unwrap_or_default();
    let name = parts.next();
    let request = || {
        let request = Request::new(document).variables(variables.clone());
        match name {
            Some(name) => request.operation_name(name),
            None => request,
        }
    };
    let operation = in_time(|| Operation::read(&APP, request()));
    check_kinds(document, &operation);
    let Ok(read) = operation.document else { return Corpus::Keep };
    let kind = read.kind(name);
    in_time(|| {
        let Ok(mut requested) = read.request(name, &variables) else { return };
        assert_eq!(kind, Some(requested.kind()));
        let selection = requested.selection();
        assert!(
            !selection.iter().any(|field| is_introspection(field.name)) || requested.introspect().is_ok()
        );
        drop(selection);
        Plan::compile(APP.graph(), &mut requested).unwrap();
        let _ = requested.root_fields();
        with_blog(false, |db| {
            let _ = Running::new(APP.graph(), db, &read, &mut requested, Limits::default(), None);
        });
    });
    with_blog(kind == Some(Kind::Mutation), |db| {
        let run = || Operation { document: Ok(read.clone()), request: request(), size: 0 };
        let answer = in_time(|| block_on(answer(&APP, &BOUNDS, db, run())));
        check_response(&answer.into_json());
    });
    Corpus::Keep
});

fn check_kinds(document: &str, operation: &Operation) {
    let Ok(other) = parse_query(document) else { return };
    let mut count = 0;
    for (name, definition) in other.operations.iter() {
        count += 1;
        let kind = match definition.node.ty {
            OperationType::Query => Kind::Query,
            OperationType::Mutation => Kind::Mutation,
            OperationType::Subscription => Kind::Subscription,
        };
        let name = name.map(|name| name.as_str());
        let ours = match &operation.document {
            Ok(document) => document.kind(name),
            Err(refused) => refused.kind(name),
        };
        // One that could not be parsed has no kind.
        assert!(ours == Some(kind) || (operation.document.is_err() && ours.is_none()), "{name:?}: {ours:?}");
    }
    if let Ok(document) = &operation.document {
        assert_eq!(document.kind(None).is_some(), count == 1);
    }
}
