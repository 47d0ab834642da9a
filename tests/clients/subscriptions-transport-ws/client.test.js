// The legacy `subscriptions-transport-ws` client, which GraphQL Playground and older Apollo clients use.

import test from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { SubscriptionClient } from 'subscriptions-transport-ws'
import WebSocket from 'ws'
import { makeTag, untilEvent } from '../blog.js'
import { serve } from '../doorway.js'

const TAGS = 'subscription { tagChanged { kind id tag { name } } }'
const limit = { timeout: 120_000 }

async function connect(t, options = {}) {
  let client
  // Before the server stops: otherwise the client would report an error.
  t.after(() => client?.close())
  const server = await serve(t)
  client = new SubscriptionClient(server.endpoint.replace('http', 'ws'), options, WebSocket)
  client.onError(() => {})
  return { ...server, client }
}

// Runs a query or a mutation, and returns all of its responses.
function run(client, query, variables) {
  const responses = []
  return new Promise((resolve, reject) => {
    client.request({ query, variables }).subscribe({
      next: (response) => responses.push(response),
      error: reject,
      complete: () => resolve(responses),
    })
  })
}

// Subscribes. `next` returns the next response, and `return` unsubscribes.
function iterate(client, query, variables) {
  const [responses, waiting] = [[], []]
  const { unsubscribe } = client.request({ query, variables }).subscribe({
    next: (response) => (waiting.length ? waiting.shift().resolve(response) : responses.push(response)),
    error: (error) => waiting.shift()?.reject(error),
  })
  const next = () => new Promise((resolve, reject) => (responses.length ? resolve(responses.shift()) : waiting.push({ resolve, reject })))
  return { next, return: unsubscribe }
}

// Returns the event of the row with this id, and skips those before it.
async function eventOf(events, id) {
  for (;;) {
    const [event] = Object.values((await events.next()).data)
    if (event.id === id) return event
  }
}

const next = (client, event) => new Promise((resolve) => client.on(event, resolve))

test('a query, a mutation and a subscription run over one socket', limit, async (t) => {
  let connections = 0
  const { client, endpoint } = await connect(t, { connectionCallback: () => connections++ })
  const events = iterate(client, TAGS)
  await untilEvent(endpoint, events.next())
  const query = 'query($name: String!) { tag(name: $name) { id } }'
  const [{ data }] = await run(client, query, { name: 'sql' })
  const { id } = data.tag
  const mutation = 'mutation($input: UpdateTagInput!) { updateTag(input: $input) { userErrors { code } } }'
  const written = await run(client, mutation, { input: { id, name: 'SQL' } })
  assert.deepEqual(written, [{ data: { updateTag: { userErrors: [] } } }])
  assert.deepEqual(await eventOf(events, id), { kind: 'UPDATED', id, tag: { name: 'SQL' } })
  assert.equal(connections, 1)
})

test('after unsubscribing no events arrive, and other subscriptions go on', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  const [left, stays] = [iterate(client, TAGS), iterate(client, TAGS)]
  await untilEvent(endpoint, Promise.all([left.next(), stays.next()]))
  left.return()
  // Once a later operation is answered, the server has unsubscribed.
  await run(client, '{ tags(limit: 0) { id } }')
  const told = new Set()
  client.client.addEventListener('message', ({ data }) => {
    const { type, id } = JSON.parse(data)
    if (type === 'data') told.add(id)
  })
  const tag = await makeTag(endpoint)
  assert.equal((await eventOf(stays, tag.id)).kind, 'CREATED')
  assert.equal(told.size, 1)
})

test('an invalid operation is an error, and the socket goes on', limit, async (t) => {
  const { client, endpoint } = await connect(t)
  const events = iterate(client, TAGS)
  await untilEvent(endpoint, events.next())
  for (const [query, code] of [
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['subscription { tagChanged { kind } userChanged { kind } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { tagChanged(id: "x") { kind } }', 'BAD_USER_INPUT'],
  ]) {
    const responses = await run(client, query)
    assert.equal(responses.length, 1, query)
    assert.equal(responses[0].errors[0].extensions.code, code, query)
    assert.notEqual(responses[0].errors[0].message, '')
  }
  const tag = await makeTag(endpoint)
  assert.equal((await eventOf(events, tag.id)).kind, 'CREATED')
})

test('an operation that cannot be read is an error', limit, async (t) => {
  const { client } = await connect(t)
  const extensions = { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } }
  const request = { query: '{ tags(limit: 0) { id } }', extensions }
  const error = await new Promise((resolve, reject) => {
    client.request(request).subscribe({ next: reject, complete: reject, error: resolve })
  })
  assert.equal(error.extensions.code, 'BAD_USER_INPUT')
  assert.match(error.message, /sha256Hash/)
  assert.deepEqual(await run(client, '{ tags(limit: 0) { id } }'), [{ data: { tags: [] } }])
})

test('a lazy client connects for its first operation, and disconnects after its last', limit, async (t) => {
  const { client, endpoint } = await connect(t, { lazy: true, inactivityTimeout: 1 })
  const told = []
  for (const event of ['connecting', 'connected', 'disconnected']) client.on(event, () => told.push(event))
  assert.deepEqual(told, [])
  const left = next(client, 'disconnected')
  const events = iterate(client, TAGS)
  await untilEvent(endpoint, events.next())
  events.return()
  await left
  assert.deepEqual(told, ['connecting', 'connected', 'disconnected'])
})

test('parameters of the connection are accepted', limit, async (t) => {
  const { client } = await connect(t, { connectionParams: async () => ({ authToken: 'secret' }) })
  assert.deepEqual(await run(client, '{ tag(name: "sql") { name } }'), [{ data: { tag: { name: 'sql' } } }])
})

test('a subscription goes on with a new server', limit, async (t) => {
  const { client, endpoint, restart } = await connect(t, { reconnect: true })
  const events = iterate(client, TAGS)
  await untilEvent(endpoint, events.next())
  const closed = once(client.client, 'close')
  const again = next(client, 'reconnected')
  await restart()
  const [code, reason] = await closed
  assert.deepEqual([code, reason.toString()], [1001, 'The server stops'])
  await again
  // Creates tags until the subscription, which the client starts again by itself, has sent the event of one of them.
  const [made, told] = [new Set(), []]
  const listen = () => events.next().then(({ data }) => (told.push(data.tagChanged), listen()))
  listen()
  while (!told.some(({ id }) => made.has(id))) made.add((await makeTag(endpoint)).id)
  assert.equal(told.at(-1).kind, 'CREATED')
})
