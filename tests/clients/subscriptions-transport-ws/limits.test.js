// The limits of the legacy protocol, tested with a plain `ws` client. tests/doorway/websocket_legacy.rs tests those that
// need other settings than the binary's.

import test from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket from 'ws'
import { serve } from '../doorway.js'

const INIT = { type: 'connection_init', payload: {} }
const TAGS = 'subscription { tagChanged { kind } }'
const limit = { timeout: 120_000 }

const start = (id, query, more) => ({ type: 'start', id, payload: { query, ...more } })

// Opens a connection. `next` returns the next message, `ka` left out, and `closed` the code and reason of the close.
async function open(t, endpoint, headers) {
  const socket = new WebSocket(endpoint.replace('http', 'ws'), 'graphql-ws', { headers })
  t.after(() => socket.terminate())
  const [received, waiting] = [[], []]
  socket.on('message', (data) => {
    const message = JSON.parse(data)
    if (message.type === 'ka') return
    waiting.length ? waiting.shift()(message) : received.push(message)
  })
  const closed = new Promise((resolve) => socket.on('close', (code, reason) => resolve([code, reason.toString()])))
  await once(socket, 'open')
  const send = (...messages) => messages.forEach((message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)))
  const next = () => new Promise((resolve) => (received.length ? resolve(received.shift()) : waiting.push(resolve)))
  return { send, next, closed, received }
}

async function ready(t, endpoint) {
  const connection = await open(t, endpoint)
  connection.send(INIT)
  assert.deepEqual(await connection.next(), { type: 'connection_ack' })
  return connection
}

test('a violation of the protocol is closed with a code and a reason', limit, async (t) => {
  const { endpoint } = await serve(t)
  for (const [name, code, reason, messages] of [
    ['a message that is not JSON', 4400, 'Invalid message: ', [INIT, 'hello']],
    ['a message of the newer protocol', 4400, 'Invalid message: ', [INIT, { type: 'subscribe', id: 'one', payload: { query: TAGS } }]],
    ['an operation before the connection is initialised', 4401, 'Unauthorized', [start('one', TAGS)]],
    ['a second initialisation', 4429, 'Too many initialisation requests', [INIT, INIT]],
    ['a message larger than 1 MiB', 1009, 'A message is larger than 1 MiB', [INIT, ' '.repeat((1 << 20) + 1)]],
    ['connection_terminate', 1000, '', [INIT, { type: 'connection_terminate', payload: null }]],
  ]) {
    await t.test(`${code}: ${name}`, async (t) => {
      const { send, closed } = await open(t, endpoint)
      send(...messages)
      const [given, because] = await closed
      assert.equal(given, code)
      assert.ok(because.startsWith(reason), because)
    })
  }
})

test('a connection that is not initialised within 10 s is closed', limit, async (t) => {
  const { endpoint } = await serve(t)
  const { closed } = await open(t, endpoint)
  assert.deepEqual(await closed, [4408, 'Connection initialisation timeout'])
})

test('a message of exactly 1 MiB is read', limit, async (t) => {
  const { endpoint } = await serve(t)
  const { send, next } = await ready(t, endpoint)
  const message = JSON.stringify(start('one', '{ tags(limit: 0) { id } }'))
  send(message + ' '.repeat((1 << 20) - message.length))
  assert.deepEqual(await next(), { type: 'data', id: 'one', payload: { data: { tags: [] } } })
})

test('a connection runs 100 operations at a time', limit, async (t) => {
  const { endpoint } = await serve(t)
  const { send, next } = await ready(t, endpoint)
  for (let nth = 0; nth < 100; nth++) send(start(`${nth}`, TAGS))
  send(start('more', '{ tags(limit: 0) { id } }'))
  const { type, id, payload } = await next()
  assert.deepEqual([type, id, payload.extensions.code], ['error', 'more', 'BAD_USER_INPUT'])
  send({ type: 'stop', id: '7' })
  assert.deepEqual(await next(), { type: 'complete', id: '7' })
  send(start('more', '{ tags(limit: 0) { id } }'))
  assert.deepEqual(await next(), { type: 'data', id: 'more', payload: { data: { tags: [] } } })
})

test('a page of another origin is refused', limit, async (t) => {
  const { endpoint } = await serve(t)
  await open(t, endpoint, { origin: new URL(endpoint).origin })
  await assert.rejects(open(t, endpoint, { origin: 'http://example.com' }), /403/)
})

test('a server with trusted documents only runs no other', limit, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'doorway-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'Tags.graphql'), 'query Tags { tags(limit: 1) { name } }\n')
  const { endpoint } = await serve(t, ['--trusted-documents', folder, '--trusted-only'])
  const { send, next } = await ready(t, endpoint)
  for (const query of ['{ users { id } }', '{ __schema { types { name } } }', TAGS, 'mutation { upsertTag(input: { name: "a" }) { tag { id } } }']) {
    send(start('one', query))
    const { type, payload } = await next()
    assert.deepEqual([type, payload.extensions.code], ['error', 'DOCUMENT_NOT_TRUSTED'], query)
  }
  for (const payload of [{ documentId: 'Tags' }, { query: 'query Tags { tags(limit: 1) { name } }' }]) {
    send({ type: 'start', id: 'one', payload })
    assert.deepEqual((await next()).payload, { data: { tags: [{ name: 'announcements' }] } })
    assert.deepEqual(await next(), { type: 'complete', id: 'one' })
  }
})

test('the cost of an operation is sent only if the server allows it', limit, async (t) => {
  const asks = { extensions: { doorway: { explain: true } } }
  for (const [args, batches] of [[[], undefined], [['--explain'], 1]]) {
    const { endpoint } = await serve(t, args)
    const { send, next } = await ready(t, endpoint)
    send(start('one', '{ tags { id } }', asks))
    const { payload } = await next()
    assert.equal(payload.extensions?.doorway.totals.batches, batches)
  }
})

test('a server that stops closes with 1001 and completes no subscription', limit, async (t) => {
  const { endpoint, restart } = await serve(t)
  const { send, next, closed, received } = await ready(t, endpoint)
  send(start('events', TAGS), start('query', '{ tags(limit: 0) { id } }'))
  assert.deepEqual(await next(), { type: 'data', id: 'query', payload: { data: { tags: [] } } })
  assert.deepEqual(await next(), { type: 'complete', id: 'query' })
  await restart()
  assert.deepEqual(await closed, [1001, 'The server stops'])
  assert.deepEqual(received, [])
})

test('a client that offers both protocols gets the newer one', limit, async (t) => {
  const { endpoint } = await serve(t)
  const socket = new WebSocket(endpoint.replace('http', 'ws'), ['graphql-ws', 'graphql-transport-ws'])
  t.after(() => socket.terminate())
  await once(socket, 'open')
  assert.equal(socket.protocol, 'graphql-transport-ws')
})
