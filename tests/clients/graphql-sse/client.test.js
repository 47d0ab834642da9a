// The `graphql-sse` client, one connection for each operation, and the events as a plain GET reads them.

import test from 'node:test'
import assert from 'node:assert/strict'
import { createClient } from 'graphql-sse'
import { ask, makeTag, untilTold } from '../blog.js'
import { serve } from '../doorway.js'

const TAGS = 'subscription { tagChanged { kind id tag { name } } }'
const limit = { timeout: 120_000 }

async function connect(t) {
  const { endpoint } = await serve(t)
  const client = createClient({ url: endpoint, singleConnection: false, retryAttempts: 0 })
  t.after(() => client.dispose())
  return { endpoint, client }
}

test('a query and a mutation are one event each', limit, async (t) => {
  const { client } = await connect(t)
  for (const [request, data] of [
    [{ query: 'query($name: String) { tag(name: $name) { name } }', variables: { name: 'sql' } }, { tag: { name: 'sql' } }],
    [{ query: 'mutation { upsertTag(input: { name: "sse" }) { tag { name } } }' }, { upsertTag: { tag: { name: 'sse' } } }],
  ]) {
    const responses = []
    for await (const response of client.iterate(request)) responses.push(response)
    assert.deepEqual(responses, [{ data }])
  }
})

test('a subscription tells of mutations', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  const events = client.iterate({ query: TAGS })
  await untilTold(endpoint, events.next())
  const { id, name } = await makeTag(endpoint)
  await ask(endpoint, 'mutation($id: ID!) { deleteTag(input: { id: $id }) { deletedId } }', { id })
  const told = []
  while (told.at(-1)?.kind !== 'DELETED') {
    const { tagChanged } = (await events.next()).value.data
    if (tagChanged.id === id) told.push(tagChanged)
  }
  assert.deepEqual(told.at(-1), { kind: 'DELETED', id, tag: null })
  // The row is read when the event is told, so by then it may be gone.
  assert.equal(told[0].kind, 'CREATED')
  assert.ok([name, undefined].includes(told[0].tag?.name))
  assert.equal(told.length, 2)
})

test('a subscription that is left tells no more, and the server goes on', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  let events = 0
  let leave
  const ended = new Promise((resolve, reject) => {
    leave = client.subscribe({ query: TAGS }, { next: () => told(events++), error: reject, complete: resolve })
  })
  let told
  await untilTold(endpoint, new Promise((resolve) => (told = resolve)))
  leave()
  await ended
  const before = events
  // Others still hear of changes.
  const others = client.iterate({ query: TAGS })
  await untilTold(endpoint, others.next())
  await others.return()
  assert.equal(events, before)
})

test('an invalid operation is refused', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  for (const [query, code] of [
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { tagChanged(id: "x") { kind } }', 'BAD_USER_INPUT'],
  ]) {
    const responses = []
    for await (const response of client.iterate({ query })) responses.push(response)
    assert.equal(responses.length, 1, query)
    const [error] = responses[0].errors
    assert.equal(error.extensions.code, code)
    assert.notEqual(error.message, '')
  }
  assert.deepEqual(await ask(endpoint, '{ tag(name: "sql") { name } }'), { tag: { name: 'sql' } })
})

test('a plain GET reads events as a browser does', limit, async (t) => {
  const { endpoint } = await connect(t)
  const leave = new AbortController()
  const open = (query) => {
    const url = `${endpoint}?${new URLSearchParams({ query })}`
    return fetch(url, { headers: { Accept: 'text/event-stream' }, signal: leave.signal })
  }
  const one = await open('{ tag(name: "sql") { name } }')
  assert.equal(one.headers.get('content-type'), 'text/event-stream')
  assert.equal(await one.text(), 'event: next\ndata: {"data":{"tag":{"name":"sql"}}}\n\nevent: complete\ndata:\n\n')

  const response = await open(TAGS)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const chunks = response.body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  const { value } = await untilTold(endpoint, chunks.next())
  const [event, data] = value.split('\n')
  assert.equal(event, 'event: next')
  assert.equal(JSON.parse(data.replace(/^data: /, '')).data.tagChanged.kind, 'CREATED')
  leave.abort()
  await assert.rejects(chunks.next(), { name: 'AbortError' })
})
