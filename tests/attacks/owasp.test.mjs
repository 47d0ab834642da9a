// What OWASP's cheat sheet asks for (https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html), what Doorway
// answers, and why that is right.

import assert from 'node:assert/strict'
import test from 'node:test'
import { answered, either, fewErrors, refused, refusedForCost } from './answers.mjs'
import { attacks } from './attack.mjs'
import { ask, post, repeat } from './http.mjs'
import { POSTS, USERS, serve } from './server.mjs'

const limit = { timeout: 600_000 }
const rss = 240

// Text that would be SQL, or a wildcard, if it were not bound as a value.
const SQL = [
  "' OR '1'='1",
  "'; DROP TABLE users; --",
  "x' UNION SELECT sql FROM sqlite_master --",
  '" OR ""="',
  "\\'; SELECT pg_sleep(10); --",
  '%',
  '_',
  '*',
  '${7*7}{{7*7}}',
  '$where',
  '../../etc/passwd',
  "'||(SELECT version())||'",
]
const ID = '00000000-0000-7000-8000-000000000000'

// Each input that takes text, in a query that matches nothing if it is text.
const injected = [
  ...['eq', 'contains', 'containsI', 'startsWith', 'endsWith'].map((operator) => [
    `users(where: { username: { ${operator} } })`,
    `query($text: String!) { found: users(where: { username: { ${operator}: $text } }) { id } }`,
  ]),
  ['users(where: { username: { in } })', 'query($text: String!) { found: users(where: { username: { in: [$text] } }) { id } }'],
  [
    'blogPosts(where: { content: { contains } })',
    'query($text: String!) { found: blogPosts(where: { content: { contains: $text }, title: { eq: $text } }) { id } }',
  ],
  [
    'users(where: { blogPosts: { some } })',
    'query($text: String!) { found: users(where: { blogPosts: { some: { tags: { some: { name: { eq: $text } } } } } }) { id } }',
  ],
  [
    'users(where: { profile })',
    'query($text: String!) { found: users(where: { profile: { displayName: { startsWith: $text } } }) { id } }',
  ],
  ['user(username)', 'query($text: String!) { found: user(username: $text) { id } }'],
  ['tag(name)', 'query($text: String!) { found: tag(name: $text) { id } }'],
]
// Those that take the id, the cursor or the date of something, which this is not.
const malformed = [
  ['user(id)', 'query($text: ID!) { found: user(id: $text) { id } }'],
  ['node(id)', 'query($text: ID!) { found: node(id: $text) { id } }'],
  ['nodes(ids)', 'query($text: ID!) { found: nodes(ids: [$text]) { id } }'],
  ['after', 'query($text: String!) { found: usersConnection(after: $text) { nodes { id } } }'],
  ['where: { id }', 'query($text: ID!) { found: users(where: { id: { eq: $text } }) { id } }'],
  ['where: { publishedAt }', 'query($text: DateTime!) { found: blogPosts(where: { publishedAt: { gt: $text } }) { id } }'],
]

// Finds nothing, and tells nothing of SQL.
function harmless(answer) {
  assert.equal(answer.status, 200)
  assert.doesNotMatch(answer.text, /syntax error|sqlite_master|near \\"|PostgreSQL \d|relation|SELECT /i)
  const found = answer.json.data?.found ?? []
  assert.deepEqual(Array.isArray(found) ? found.filter(Boolean) : found.nodes, [], answer.text)
  for (const { extensions } of answer.json.errors ?? []) assert.equal(extensions.code, 'BAD_USER_INPUT', answer.text)
}

const owasp = [
  // Depth: relationships lead in circles, and so a document may nest 100 levels, whatever it costs.
  [
    'depth: 5,000 levels',
    ask(`{ users ${'{ blogPosts { author '.repeat(2500)} { id } ${'} }'.repeat(2500)} }`),
    refused('BAD_USER_INPUT', /300 levels/),
  ],
  [
    'depth: 120 levels',
    ask(`{ user(username: "x") ${'{ profile { user '.repeat(60)} { id } ${'} }'.repeat(60)} }`),
    refused('BAD_USER_INPUT', /100 levels/),
  ],
  [
    'depth: 40 lists',
    ask(`{ users ${'{ blogPosts { tags { posts { author '.repeat(10)} { id } ${'} } } }'.repeat(10)} }`),
    refusedForCost,
  ],
  // Amount and pagination: each list has a limit, and a larger one is an error.
  ['amount: limit', ask('{ users(limit: 1000000) { id } }'), refused('BAD_USER_INPUT', /limit.*1,?000/)],
  ['amount: first', ask('{ usersConnection(first: 1000000) { nodes { id } } }'), refused('BAD_USER_INPUT', /first.*1,?000/)],
  ['amount: a negative limit', ask('{ users(limit: -1) { id } }'), refused('BAD_USER_INPUT', /limit/)],
  [
    'pagination: without a limit',
    ask('{ users { id } }'),
    (answer) => {
      answered(1)(answer)
      assert.equal(answer.json.data.users.length, 100)
    },
  ],
  ['amount: ids', ask(`{ nodes(ids: [${repeat(2000, () => `"${ID}"`)}]) { id } }`), refused('BAD_USER_INPUT', /ids/)],
  ['amount: an offset beyond all rows', ask('{ blogPosts(offset: 2147483647) { id } }'), refusedForCost],
  // Time-outs and cost: what would take long is refused before it begins.
  ['cost', ask('{ users(limit: 1000) { blogPosts(limit: 1000) { tags(limit: 1000) { name } } } }'), refusedForCost],
  [
    'cost: an order by the number of matching rows',
    ask(
      '{ users(orderBy: [{ blogPosts: { where: { tags: { some: { posts: { some: { content: { containsI: "x" } } } } } }, count: DESC } }]) { id } }',
    ),
    either(refusedForCost, answered(1)),
  ],
  // Batching: neither in an array, as above, nor with aliases: a guess costs what it costs.
  [
    'batching: 900 guesses in one operation',
    ask(`{ ${repeat(900, (nth) => `a${nth}: user(username: "guess ${nth}") { id }`)} }`),
    answered(1),
  ],
  [
    'batching: 400 mutations in one operation',
    ask(`mutation { ${repeat(400, (nth) => `a${nth}: createTag(input: { name: "batch ${nth}" }) { tag { id } }`)} }`),
    answered(1),
  ],
  // Input: bound as values, and with limits.
  [
    'input: a filter with 600 conditions',
    ask(`{ users(where: { or: [${repeat(600, (nth) => `{ username: { eq: "${nth}" } }`)}] }) { id } }`),
    refused('BAD_USER_INPUT', /500 conditions/),
  ],
  [
    'input: a filter of 50 levels',
    ask(`{ users(where: ${'{ not: '.repeat(50)} {} ${'}'.repeat(50)}) { id } }`),
    refused('BAD_USER_INPUT', /40 levels/),
  ],
  [
    'input: an operator of another kind of database',
    ask('query($w: UserFilter) { users(where: $w) { id } }', { w: { username: { $ne: null } } }),
    refused('BAD_USER_INPUT', /\$ne/),
  ],
  [
    'input: an object in place of text',
    ask('query($n: String) { user(username: $n) { id } }', { n: { $gt: '' } }),
    refused('BAD_USER_INPUT', /\$n/),
  ],
  [
    'input: the character that PostgreSQL cannot store',
    ask('query($n: String) { user(username: $n) { id } }', { n: 'a\0b' }),
    ({ json }) => assert.match(json.errors[0].message, /U\+0000/),
  ],
  // Errors tell nothing of the program, however many there are.
  ['errors: 500 at once', ask(`{ ${repeat(500, (nth) => `nothing${nth}`)} }`), fewErrors(/nothing0/)],
  // Introspection: the schema is public, and costs little; --trusted-only turns it off.
  ['introspection', ask('{ __schema { types { name fields { name type { name ofType { name } } } } } }'), answered(1)],
  // Server-side requests: there are none. An address is text.
  [
    'SSRF: an address in an input',
    ask(
      'mutation { createUser(input: { username: "ssrf", profile: { websiteUrl: "http://169.254.169.254/latest/meta-data" } }) { user { profile { websiteUrl } } } }',
    ),
    (answer) => {
      answered(1)(answer)
      assert.equal(answer.json.data.createUser.user.profile.websiteUrl, 'http://169.254.169.254/latest/meta-data')
    },
  ],
]

test("OWASP's list", limit, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)
  for (const [name, send, expect] of owasp) await attack({ name, send, expect, rss })

  // All of these texts in one attack, since a probe for each would take a minute.
  for (const [name, query] of [...injected, ...malformed]) {
    await attack({
      name: `SQL in ${name}`,
      send: ({ endpoint }, signal) => Promise.all(SQL.map((text) => post(endpoint, { query, variables: { text } }, { signal }))),
      expect: (answers) => answers.forEach(harmless),
      rss,
    })
  }

  await attack({
    name: 'SQL in what is written',
    send: async ({ endpoint }, signal) => {
      const query = `mutation($text: String!) { createUser(input: {
        username: $text, profile: { bio: $text }, blogPosts: [{ title: $text, content: $text, tags: { create: [{ name: $text }] } }]
      }) { user { username profile { bio } blogPosts { title content tags { name } } } userErrors { message } } }`
      return Promise.all(SQL.map((text) => post(endpoint, { query, variables: { text } }, { signal })))
    },
    expect: (answers) =>
      answers.forEach(({ json }, nth) => {
        const text = SQL[nth]
        assert.deepEqual(json.data.createUser.user, {
          username: text,
          profile: { bio: text },
          blogPosts: [{ title: text, content: text, tags: [{ name: text }] }],
        })
      }),
    rss,
  })

  await t.test('nothing of the rows is lost', async () => {
    const { json } = await post(server.endpoint, {
      query: '{ usersConnection { totalCount } blogPostsConnection { totalCount } }',
    })
    // With those that were written: `large`, `huge`, `ssrf`, and those above.
    assert.equal(json.data.usersConnection.totalCount, USERS + 3 + SQL.length)
    assert.equal(json.data.blogPostsConnection.totalCount, POSTS + 1001 + SQL.length)
  })
})
