// The `graphql-ws` client: operations over one socket, and reconnecting.

import test from 'node:test'
import assert from 'node:assert/strict'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { makeTag, untilEvent } from '../blog.js'
import { serve } from '../doorway.js'

const TAGS = 'subscription { tagChanged { kind id tag { name } } }'
const limit = { timeout: 120_000 }

async function connect(t, options = {}) {
  let client
  // The client must disconnect before the server stops.
  t.after(() => client?.dispose())
  const server = await serve(t)
  client = createClient({ url: server.endpoint.replace('http', 'ws'), webSocketImpl: WebSocket, ...options })
  return { ...server, client }
}

const next = (client, event) => new Promise((resolve) => client.on(event, (...args) => resolve(args)))

// The only response of a query or mutation.
async function run(client, query, variables) {
  const responses = []
  for await (const response of client.iterate({ query, variables })) responses.push(response)
  assert.equal(responses.length, 1)
  return responses[0]
}

// The next event with this id.
async function eventOf(events, id) {
  for (;;) {
    const { value, done } = await events.next()
    assert.ok(!done, 'the subscription has ended')
    const [event] = Object.values(value.data)
    if (event.id === id) return event
  }
}

test('a query, a mutation and a subscription run over one socket', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  let sockets = 0
  client.on('connected', () => sockets++)
  const events = client.iterate({ query: TAGS })
  await untilEvent(endpoint, events.next())
  const query = 'query($name: String!) { tag(name: $name) { id } }'
  const { id } = (await run(client, query, { name: 'sql' })).data.tag
  const mutation = 'mutation($input: UpdateTagInput!) { updateTag(input: $input) { userErrors { code } } }'
  const written = await run(client, mutation, { input: { id, name: 'SQL' } })
  assert.deepEqual(written, { data: { updateTag: { userErrors: [] } } })
  assert.deepEqual(await eventOf(events, id), { kind: 'UPDATED', id, tag: { name: 'SQL' } })
  await events.return()
  assert.equal(sockets, 1)
})

test('two subscriptions receive their own events', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  const tags = client.iterate({ query: TAGS })
  await untilEvent(endpoint, tags.next())
  const one = await makeTag(endpoint)
  // A new subscription could still receive an event that is on its way from PostgreSQL.
  assert.equal((await eventOf(tags, one.id)).kind, 'CREATED')
  const only = client.iterate({ query: 'subscription($id: ID) { tagChanged(id: $id) { kind id } }', variables: { id: one.id } })
  const first = only.next()
  // The tag is renamed until the second subscription has begun.
  let begun = false
  first.finally(() => (begun = true))
  const rename = 'mutation($input: UpdateTagInput!) { updateTag(input: $input) { tag { id } } }'
  for (let nth = 0; !begun; nth++) await run(client, rename, { input: { id: one.id, name: `${one.name} ${nth}` } })
  assert.deepEqual((await first).value.data.tagChanged, { kind: 'UPDATED', id: one.id })
  const other = await makeTag(endpoint)
  assert.equal((await eventOf(tags, other.id)).kind, 'CREATED')
  await run(client, 'mutation($id: ID!) { deleteTag(input: { id: $id }) { deletedId } }', { id: one.id })
  assert.deepEqual(await eventOf(tags, one.id), { kind: 'DELETED', id: one.id, tag: null })
  for (;;) {
    const { kind, id } = (await only.next()).value.data.tagChanged
    assert.equal(id, one.id)
    if (kind === 'DELETED') break
  }
})

test('a lazy client connects for its first operation, and disconnects after it', limit, async (t) => {
  const { client } = await connect(t, { lazy: true })
  const seen = []
  for (const event of ['connecting', 'connected', 'closed']) client.on(event, () => seen.push(event))
  assert.deepEqual(seen, [])
  const closed = next(client, 'closed')
  await run(client, '{ tag(name: "sql") { name } }')
  const [{ code, wasClean }] = await closed
  assert.deepEqual([code, wasClean], [1000, true])
  assert.deepEqual(seen, ['connecting', 'connected', 'closed'])
})

test('an eager client connects at once', limit, async (t) => {
  const { client } = await connect(t, { lazy: false, onNonLazyError: (error) => t.diagnostic(String(error)) })
  await next(client, 'connected')
})

test('after 1001, a subscription continues on the restarted server', limit, async (t) => {
  const { client, endpoint, restart } = await connect(t, {
    // The server may not be back yet: try again as soon as an attempt fails.
    retryAttempts: Infinity,
    retryWait: () => new Promise(setImmediate),
    shouldRetry: () => true,
  })
  const events = client.iterate({ query: TAGS })
  await untilEvent(endpoint, events.next())
  const closed = next(client, 'closed')
  const again = next(client, 'connected')
  await restart()
  const [{ code, reason }] = await closed
  assert.deepEqual([code, reason], [1001, 'The server stops'])
  assert.equal((await again).at(-1), true, 'the client says that it has reconnected')
  const event = await untilEvent(endpoint, events.next())
  assert.equal(event.value.data.tagChanged.kind, 'CREATED')
})

test('a ping is answered with a pong', limit, async (t) => {
  const { client } = await connect(t, { keepAlive: 1, lazy: false, onNonLazyError: (error) => t.diagnostic(String(error)) })
  const pings = new Promise((resolve) => client.on('ping', (received) => received || resolve()))
  const pongs = new Promise((resolve) => client.on('pong', (received) => received && resolve()))
  await pings
  await pongs
})

test('parameters of the connection are accepted', limit, async (t) => {
  let sent = 0
  const connectionParams = async () => ({ token: `number ${++sent}` })
  const { client } = await connect(t, { connectionParams })
  assert.deepEqual((await run(client, '{ tag(name: "sql") { name } }')).data, { tag: { name: 'sql' } })
  assert.equal(sent, 1)
})

test('an invalid operation is an error, and the socket stays open', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  const events = client.iterate({ query: TAGS })
  await untilEvent(endpoint, events.next())
  for (const [query, code] of [
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['subscription { tagChanged { kind } userChanged { kind } }', 'GRAPHQL_VALIDATION_FAILED'],
  ]) {
    await assert.rejects(run(client, query), ([error]) => error.extensions.code === code && error.message !== '')
  }
  const tag = await makeTag(endpoint)
  assert.equal((await eventOf(events, tag.id)).kind, 'CREATED')
})
