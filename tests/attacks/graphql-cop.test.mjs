// What graphql-cop looks for (https://github.com/dolevf/graphql-cop), what Doorway answers, and why that is right.

import assert from 'node:assert/strict'
import test from 'node:test'
import { answered, fewErrors, refused, refusedAs } from './answers.mjs'
import { attacks } from './attack.mjs'
import { ask, post, repeat, send } from './http.mjs'
import { serve } from './server.mjs'

const limit = { timeout: 600_000 }
const rss = 240
const path =
  (path, options) =>
  ({ url }) =>
    send(url + path, { ...options, signal: AbortSignal.timeout(5000) })
const get = (query, headers = {}) => path(`/graphql?query=${encodeURIComponent(query)}`, { headers })
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

const CREATE = 'mutation { createTag(input: { name: "graphql-cop" }) { tag { id } } }'
const form = (query) =>
  path('/graphql', {
    method: 'POST',
    body: `query=${encodeURIComponent(query)}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  })

// Its tests, and more of the same.
const graphqlCop = [
  // A field at the root that costs nothing may have an alias as often as any other, up to 1,000 times.
  ['alias overloading', ask(`{ ${repeat(101, (nth) => `alias${nth}: __typename`)} }`), answered(1)],
  [
    'alias overloading, 1,001 times',
    ask(`{ ${repeat(1001, (nth) => `alias${nth}: __typename`)} }`),
    refused('BAD_USER_INPUT', /1000 (aliases|fields at its root)/),
  ],
  // One operation a request: each has its own limits, so that ten would have ten times as much.
  [
    'array batching',
    ({ endpoint }) => post(endpoint, Array(10).fill({ query: '{ __typename }' })),
    refusedAs(400, /batches are not supported/),
  ],
  // Each is an error of its own, as in graphql-js, which graphql-cop calls a finding. What bounds them is the next two.
  ['directive overloading', ask(`{ __typename ${'@aa '.repeat(10)} }`), refused('GRAPHQL_VALIDATION_FAILED', /@aa/)],
  ['directive overloading, 1,000 times', ask(`{ __typename ${'@aa '.repeat(1000)} }`), fewErrors(/@aa/)],
  [
    'directive overloading, 10,000 times',
    ask(`{ __typename ${'@skip(if: false) '.repeat(10_000)} }`),
    refused('BAD_USER_INPUT', /1000 directives/),
  ],
  // Introspection leads in circles too, and so may nest two lists.
  [
    'circular introspection',
    ask('{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }'),
    refused('BAD_USER_INPUT', /./),
  ],
  // Equal fields are one field.
  ['field duplication', ask(`{ ${'__typename '.repeat(500)} }`), answered(1)],
  ['field duplication, 10,000 times', ask(`{ ${'__typename '.repeat(10_000)} }`), refused('BAD_USER_INPUT', /2000 fields/)],
  // The schema is public: introspection tells it, and so suggestions tell nothing more.
  ['field suggestions', ask('{ user(username: "x") { usernam } }'), refused('GRAPHQL_VALIDATION_FAILED', /usernam/)],
  // A link or a picture must not write.
  ['a mutation by GET', get(CREATE), refusedAs(405)],
  // Other programs may: nothing is written, and a cache can help. Browsers must be of this origin.
  ['a query by GET', get('{ __typename }'), answered(1)],
  [
    'a query by GET from a page of another origin',
    get('{ __typename }', { 'User-Agent': CHROME, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }),
    refusedAs(403),
  ],
  [
    'a query by GET from a browser that tells nothing of its page',
    get('{ __typename }', { 'User-Agent': CHROME }),
    refusedAs(403),
  ],
  // A form of another origin needs no preflight, and so no body that a form could send is read.
  ['a query in a form', form('{ __typename }'), refusedAs(415)],
  ['a mutation in a form', form(CREATE), refusedAs(415)],
  [
    'a mutation as plain text',
    path('/graphql', { method: 'POST', body: JSON.stringify({ query: CREATE }), headers: { 'Content-Type': 'text/plain' } }),
    refusedAs(415),
  ],
  // No traces of how long anything took; what an operation did is told only with --explain.
  [
    'tracing',
    ({ endpoint }) =>
      post(
        endpoint,
        { query: '{ users(limit: 1) { username } }', extensions: { tracing: true, doorway: { explain: true } } },
        { headers: { 'X-Apollo-Tracing': '1', 'Apollo-Federation-Include-Trace': 'ftv1' } },
      ),
    (answer) => {
      answered(1)(answer)
      assert.doesNotMatch(answer.text, /tracing|ftv1|SELECT|microseconds|startTime/)
    },
  ],
  // GraphiQL is meant to be found: it can do what any client can, and nothing else. It may not stand in a frame.
  [
    'GraphiQL',
    path('/graphql', { headers: { Accept: 'text/html', 'User-Agent': CHROME, 'Sec-Fetch-Site': 'none' } }),
    ({ status, headers }) => {
      assert.equal(status, 200)
      assert.match(headers['content-security-policy'] ?? '', /frame-ancestors/)
    },
  ],
  ...['/graphiql', '/playground', '/console', '/altair', '/voyager', '/graph', '/api', '/.env', '/metrics', '/debug/pprof'].map(
    (other) => [`something at ${other}`, path(other, { headers: { Accept: 'text/html' } }), refusedAs(404)],
  ),
  // Errors have codes and say what to change; nothing of the program.
  ['unhandled errors', ask('qwerty { abc }'), refused('GRAPHQL_PARSE_FAILED', /./)],
]

test("graphql-cop's list", limit, async (t) => {
  const attack = attacks(t, await serve(t))
  for (const [name, send, expect] of graphqlCop) await attack({ name, send, expect, rss })
})
