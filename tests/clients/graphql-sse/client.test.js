// The `graphql-sse` client, with one connection for each operation, and event streams by plain GET.

import test from 'node:test'
import assert from 'node:assert/strict'
import { createClient } from 'graphql-sse'
import { ask, makeTag, untilEvent } from '../blog.js'
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

test('a subscription receives the events of mutations', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  const events = client.iterate({ query: TAGS })
  await untilEvent(endpoint, events.next())
  const { id, name } = await makeTag(endpoint)
  await ask(endpoint, 'mutation($id: ID!) { deleteTag(input: { id: $id }) { deletedId } }', { id })
  const received = []
  while (received.at(-1)?.kind !== 'DELETED') {
    const { tagChanged } = (await events.next()).value.data
    if (tagChanged.id === id) received.push(tagChanged)
  }
  assert.deepEqual(received.at(-1), { kind: 'DELETED', id, tag: null })
  // The row is read when the event is delivered. It may be deleted by then.
  assert.equal(received[0].kind, 'CREATED')
  assert.ok([name, undefined].includes(received[0].tag?.name))
  assert.equal(received.length, 2)
})

test('a subscription that is cancelled receives nothing more', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  let events = 0
  let cancel
  const ended = new Promise((resolve, reject) => {
    cancel = client.subscribe({ query: TAGS }, { next: () => receive(events++), error: reject, complete: resolve })
  })
  let receive
  await untilEvent(endpoint, new Promise((resolve) => (receive = resolve)))
  cancel()
  await ended
  const before = events
  // Other subscriptions still receive events.
  const others = client.iterate({ query: TAGS })
  await untilEvent(endpoint, others.next())
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

test('a plain GET receives events, as in a browser', limit, async (t) => {
  const { endpoint } = await connect(t)
  const controller = new AbortController()
  const open = (query) => {
    const url = `${endpoint}?${new URLSearchParams({ query })}`
    return fetch(url, { headers: { Accept: 'text/event-stream' }, signal: controller.signal })
  }
  const one = await open('{ tag(name: "sql") { name } }')
  assert.equal(one.headers.get('content-type'), 'text/event-stream')
  assert.equal(await one.text(), 'event: next\ndata: {"data":{"tag":{"name":"sql"}}}\n\nevent: complete\ndata:\n\n')

  const response = await open(TAGS)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const chunks = response.body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  const { value } = await untilEvent(endpoint, chunks.next())
  const [event, data] = value.split('\n')
  assert.equal(event, 'event: next')
  assert.equal(JSON.parse(data.replace(/^data: /, '')).data.tagChanged.kind, 'CREATED')
  controller.abort()
  await assert.rejects(chunks.next(), { name: 'AbortError' })
})
