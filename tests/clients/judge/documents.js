// Documents by hand: each rule of section 5 of the specification (September 2025) and each step of 6.1, kept and broken.
// An item is a document, or a document with its variables and the name of an operation.

const q = (query, variables = {}, operationName = undefined) => ({ query, variables, operationName })

const values = ['0', '-0', '1', '-1', '2147483647', '2147483648', '-2147483648', '-2147483649', '1.0', '1e3', '01', '-', '1x', '"1"', '"""1"""', 'true', 'null',
  'ASC', '[1]', '[]', '{}', '$x', '{a: 1}', '.5', '1.', '0.0', '+1']
const strings = ['""', '"a"', '"\\n"', '"\\q"', '"\\u00e9"', '"\\u00g9"', '"\\u{e9}"', '"\\u{110000}"', '"\\u{}"', '"\\uD83D"', '"\\uD83D\\uDE00"', '"\\uDE00\\uD83D"',
  '"\\u{D83D}"', '"a\nb"', '"""a\nb"""', '"""a\\"""b"""', '"""', '"', "'a'", '"\t"', 'a', '1', 'null', '[]', '{}', '["a"]']
const types = ['Int', 'Int!', '[Int]', '[Int!]', '[Int!]!', '[[Int]]', 'String', 'String!', 'ID', 'ID!', 'Boolean', 'Boolean!', 'Nope', 'User', 'Node', 'Direction', 'UserFilter',
  'UserOrder', '[UserOrder!]', 'DateTime', 'Int!!', '[Int', 'Float']
const uses = ['users(limit: $x) { id }', 'users(orderBy: $x) { id }', 'users(orderBy: [$x]) { id }', 'users(orderBy: [{ id: $x }]) { id }', 'users(where: $x) { id }',
  'users(where: { username: { in: $x } }) { id }', 'users(where: { username: { in: [$x] } }) { id }', 'user(id: $x) { id }', 'node(id: $x) { id }', 'nodes(ids: $x) { id }',
  'users @skip(if: $x) { id }', 'users(where: { createdAt: { gt: $x } }) { id }', 'users { id }']
const json = [undefined, null, 0, 1, -0, 1.5, 1.0, 2 ** 31, 'a', '1', 'ASC', true, [], [1], ['a'], [null], {}, { username: 'ASC' }, { username: null },
  { username: 'ASC', id: 'ASC' }, { id: { eq: 'x' } }, { nope: 1 }, [{ id: 'DESC' }], [[1]]]

export const documents = [
  // 2: language.
  q(''), q(' '), q('#'), q('{'), q('}'), q('{}'), q('{ }'), q('users { id }'), q('{ users { id } }'), q('\ufeff{ users { id } }'), q('{ users { id }, }'), q('{ users { } }'),
  q('{ users () { id } }'), q('query { users { id } }'), q('query Q { users { id } }'), q('query () { users { id } }'), q('query Q () { users { id } }'), q('QUERY { users { id } }'),
  q('query query { users { id } }'), q('fragment F on User { id } { users { ...F } }'), q('{ users { ...on } } fragment on on User { id }'), q('{ users { ... } }'), q('{ users { ... { id } } }'),
  q('{ users { ... on User { id } } }'), q('{ users { ...on User { id } } }'), q('{ a : users { b : id } }'), q('{ a: b: users { id } }'), q('{ users { id } } # comment'), q('{ users { id } } \u0000'), q('{ users { id ? } }'),
  q('{ users(limit: 0 offset: 0) { id } }'), q('{ users(limit: 0, offset: 0,) { id } }'), q('{ users(limit) { id } }'), q('{ users(limit:) { id } }'), q('{ users { id } } extra'), q('{ users { id } } }'),
  q('{ users { true } }'), q('{ users { true: id } }'), q('{ users { null: id on: id query: id } }'), q('{ users { fragment: id } }'), q('{ é }'), q('{ users { id\u00a0 } }'), q('{ users { id\u2028username } }'),
  q('query ($x: Int = $x) { users { id } }'), q('query ($x: Int = [1, $x]) { users { id } }'), q('{ users { id @skip(if: true) @include(if: true) } }'), q('{ users { id @ skip(if: true) } }'),
  q('query Q($x: Int! = 0) @nope { users(limit: $x) { id } }'), q('type A { b: Int }'), q('{ users { id } } type A { b: Int }'), q('extend type User { b: Int }'), q('schema { query: Query }'), q('{ users { id } } directive @a on FIELD'),
  ...values.map((value) => q(`{ users(limit: ${value}) { id } }`)),
  ...values.map((value) => q(`{ users(where: { version: { eq: ${value} } }) { id } }`)),
  ...values.map((value) => q(`{ user(id: ${value}) { id } }`)),
  ...values.map((value) => q(`{ users(where: { createdAt: { gt: ${value} } }) { id } }`)),
  ...values.map((value) => q(`{ users(orderBy: ${value}) { id } }`)),
  ...strings.map((value) => q(`{ user(username: ${value}) { id } }`)),
  ...strings.map((value) => q(`{ users(orderBy: [{ id: ${value} }]) { id } }`)),

  // 5.2: operations.
  q('query A { users { id } } query A { tags { id } }'), q('query A { users { id } } query B { tags { id } }', {}, 'A'), q('query A { users { id } } query B { tags { id } }', {}, 'C'),
  q('query A { users { id } } query B { tags { id } }'), q('{ users { id } } query B { tags { id } }', {}, 'B'), q('{ users { id } } { tags { id } }'), q('{ users { id } }', {}, 'A'), q('query A { users { id } } query B { nobody }', {}, 'A'),
  q('query A { users { id } } fragment A on User { id }'), q('query A { users { ...A } } fragment A on User { id }'), q('mutation { users { id } }'), q('subscription { users { id } }'),
  q('subscription { tagChanged { id } userChanged { id } }'), q('subscription { ...F } fragment F on Subscription { tagChanged { id } userChanged { id } }'),
  q('subscription { __typename }'), q('subscription { ...F } fragment F on Subscription { tagChanged { id } a: __typename }'),

  // 5.3: fields.
  q('{ nobody }'), q('{ users { nobody } }'), q('{ users { id { id } } }'), q('{ users }'), q('{ users { profile } }'), q('{ node(id: "x") { id } }'), q('{ node(id: "x") { username } }'), q('{ node(id: "x") { ... on User { username } } }'),
  q('{ users { __typename } }'), q('{ users { __schema { types { name } } } }'), q('{ __schema { types { name } } }'), q('{ __schema }'), q('{ __type { name } }'), q('{ __type(name: "User") { name } }'), q('{ __type(name: 1) { name } }'), q('{ __typename { a } }'), q('{ __nope }'),
  q('{ users { id id } }'), q('{ users { a: id a: username } }'), q('{ users { id: username id } }'), q('{ users(limit: 0) { id } users(limit: 0) { username } }'), q('{ users(limit: 0) { id } users(limit: 1) { id } }'),
  q('{ users(limit: 0) { id } users { id } }'), q('query ($x: Int! = 0, $y: Int! = 0) { users(limit: $x) { id } users(limit: $y) { id } }'), q('{ users(limit: 0, offset: 0) { id } users(offset: 0, limit: 0) { id } }'),
  q('{ users(where: { id: { eq: "a" }, version: { eq: 1 } }) { id } users(where: { version: { eq: 1 }, id: { eq: "a" } }) { id } }'), q('{ users(where: { id: { in: ["a"] } }) { id } users(where: { id: { in: "a" } }) { id } }'),
  q('{ user(username: "a") { id } user(username: """a""") { id } }'),
  q('{ node(id: "x") { ... on User { a: username } ... on Tag { a: name } } }'), q('{ node(id: "x") { ... on User { a: username } ... on Tag { a: version } } }'), q('{ node(id: "x") { ... on User { a: username } ... on Tag { a: createdAt } } }'),
  q('{ node(id: "x") { ... on Profile { a: bio } ... on Tag { a: name } } }'), q('{ node(id: "x") { ... on User { a: blogPosts { id } } ... on Tag { a: posts { id } } } }'), q('{ node(id: "x") { ... on User { a: blogPosts { b: id } } ... on Tag { a: posts { b: version } } } }'),
  q('{ node(id: "x") { ... on User { a: profile { b: id } } ... on BlogPost { a: author { b: id } } } }'), q('{ node(id: "x") { ... on User { a: profile { id } } ... on BlogPost { a: tags { id } } } }'), q('{ users { ...A ...B } } fragment A on User { a: id } fragment B on User { a: username }'),
  q('{ users { profile { a: id } ...A } } fragment A on User { profile { a: bio } }'), q('{ users { ... @skip(if: true) { a: id } ... @skip(if: false) { a: username } } }'),

  // 5.4: arguments.
  q('{ users(nope: 1) { id } }'), q('{ users(limit: 0, limit: 0) { id } }'), q('{ users { id(a: 1) } }'), q('{ node { id } }'), q('{ node(id: null) { id } }'), q('{ users @skip { id } }'), q('{ users @skip(unless: true, if: true) { id } }'), q('{ users @skip(if: true, if: true) { id } }'),
  q('{ blogPost { id } }'), q('{ nodes(ids: null) { id } }'), q('{ nodes(ids: [null]) { id } }'), q('{ nodes(ids: "x") { id } }'), q('{ nodes(ids: ["x", 1]) { id } }'), q('{ nodes(ids: [["x"]]) { id } }'),

  // 5.5: fragments.
  q('{ users { ...F } } fragment F on User { id } fragment F on User { username }'), q('{ users { ...F } } fragment F on Nope { id }'), q('{ users { ... on Nope { id } } }'), q('{ users { ...F } } fragment F on ID { id }'), q('{ users { ... on Direction { id } } }'), q('{ users { ... on UserFilter { id } } }'),
  q('{ users { id } } fragment F on User { id }'), q('{ users { id } } fragment F on User { ...G } fragment G on User { id }'), q('{ users { ...F } }'), q('{ users { ...F } } fragment F on User { ...F }'), q('{ users { ...F } } fragment F on User { ...G } fragment G on User { ...F }'),
  q('{ users { ...F } } fragment F on User { profile { user { ...F } } }'), q('{ users { id } } fragment F on User { ...F }'), q('{ users { ...F } } fragment F on Tag { id }'), q('{ users { ... on Tag { id } } }'), q('{ users { ... on Node { id } } }'), q('{ users { ...F } } fragment F on Node { id }'),
  q('{ node(id: "x") { ... on Node { id } } }'), q('{ node(id: "x") { ... on Query { __typename } } }'), q('{ ... on Query { users { id } } }'), q('{ ... on Mutation { users { id } } }'), q('{ ...F } fragment F on Query { users { id } }'), q('{ users { ...F } } fragment F on User { nobody }'),
  q('fragment F on User { id }'),

  // 5.6: values.
  q('{ users(where: { nope: 1 }) { id } }'), q('{ users(where: { id: { eq: "a" }, id: { eq: "a" } }) { id } }'), q('{ users(where: { id: { eq: "a", eq: "b" } }) { id } }'), q('{ users(where: { and: [{ id: {}, id: {} }] }) { id } }'),
  q('mutation { createTag(input: {}) { tag { id } } }'), q('mutation { createTag(input: { name: null }) { tag { id } } }'), q('mutation { createTag(input: { name: "a", name: "b" }) { tag { id } } }'), q('mutation { createTag { tag { id } } }'), q('mutation { createTag(input: null) { tag { id } } }'),
  q('{ users(orderBy: {}) { id } }'), q('{ users(orderBy: { id: ASC }) { id } }'), q('{ users(orderBy: { id: ASC, username: ASC }) { id } }'), q('{ users(orderBy: { id: null }) { id } }'), q('{ users(orderBy: { id: "ASC" }) { id } }'), q('{ users(orderBy: { id: UP }) { id } }'), q('{ users(orderBy: { id: asc }) { id } }'), q('{ users(orderBy: [null]) { id } }'), q('{ users(orderBy: null) { id } }'),
  q('{ users @skip(if: "true") { id } }'), q('{ users @skip(if: null) { id } }'), q('{ users @skip(if: 1) { id } }'), q('{ users @include(if: [true]) { id } }'),

  // 5.7: directives.
  q('{ users @nope { id } }'), q('{ __typename @nope }'), q('query @skip(if: true) { users { id } }'), q('query ($x: Int! = 0 @nope) { users(limit: $x) { id } }'), q('query ($x: Int! = 0 @skip(if: true)) { users(limit: $x) { id } }'), q('{ users @skip(if: true) @skip(if: false) { id } }'),
  q('{ users @oneOf { id } }'), q('{ users @deprecated { id } }'), q('{ users @specifiedBy(url: "x") { id } }'), q('{ ...F @include(if: true) } fragment F on Query @include(if: true) { users { id } }'), q('{ ...F @nope } fragment F on Query { users { id } }'), q('{ ... @include(if: true) { users { id } } }'), q('{ ... @defer { users { id } } }'),

  // 5.8 and 6.1: variables.
  q('query ($x: Int! = 0, $x: Int! = 0) { users(limit: $x) { id } }'), q('{ users(limit: $x) { id } }'), q('query ($x: Int) { users { id } }'), q('query A($x: Int! = 0) { ...F } query B { ...F } fragment F on Query { users(limit: $x) { id } }', {}, 'A'), q('query A($x: Int! = 0) { ...F } fragment F on Query { users(limit: $x) { id } }'),
  q('query A($x: Int! = 0) { ...F } query B($x: String) { ...F } fragment F on Query { users(limit: $x) { id } }', {}, 'A'), q('query ($x: Int! = "a") { users(limit: $x) { id } }'), q('query ($x: Int! = null) { users(limit: $x) { id } }'), q('query ($x: Int = null) { users(limit: $x) { id } }', { x: 0 }), q('query ($x: [UserOrder!] = { id: UP }) { users(orderBy: $x) { id } }'),
  q('query ($x: [UserOrder!] = [{ id: ASC, username: ASC }]) { users(orderBy: $x) { id } }'), q('query ($x: UserFilter = { nope: 1 }) { users(where: $x) { id } }'), q('query ($x: ID = "a") { node(id: $x) { id } }'), q('query ($x: Boolean = true) { users @skip(if: $x) { id } }'), q('query ($x: Int! = 0) { users { id } tags(limit: $x) { id } }', { y: 1 }), q('query ($x: UserFilter = { id: $y }) { users(where: $x) { id } }'),
  q('query ($x: User) { users { id } }'), q('query ($x: [User!]!) { users { id } }'), q('query ($x: Node) { users(limit: $x) { id } }'),
  q('mutation ($i: CreateTagInput!) { createTag(input: $i) { tag { id } } }', { i: {} }), q('mutation ($i: CreateTagInput!) { createTag(input: $i) { tag { id } } }', { i: { name: 7 } }), q('mutation ($i: CreateTagInput!) { createTag(input: $i) { tag { id } } }', { i: { name: 'judge', nope: 1 } }), q('mutation ($i: CreateTagInput!) { createTag(input: $i) { tag { id } } }', { i: null }), q('mutation ($i: CreateTagInput!) { createTag(input: $i) { tag { id } } }', {}),
  ...types.flatMap((type) => uses.map((use) => q(`query ($x: ${type}) { ${use} }`, type.endsWith('!') ? { x: 0 } : {}))),
  ...['Int! = 0', 'Int', '[UserOrder!]', 'UserOrder!', 'Direction!', 'UserFilter', '[String!]', 'ID', 'ID!', '[ID!]!', 'Boolean!', 'DateTime'].flatMap((type) =>
    json.map((x) => {
      const base = type.replace(' = 0', '')
      const use = { 'Int!': 0, Int: 0, '[UserOrder!]': 1, 'UserOrder!': 2, 'Direction!': 3, UserFilter: 4, '[String!]': 5, ID: 7, 'ID!': 8, '[ID!]!': 9, 'Boolean!': 10, DateTime: 11 }[base]
      return q(`query ($x: ${type}) { ${uses[use]} }`, x === undefined ? {} : { x })
    }),
  ),
]
