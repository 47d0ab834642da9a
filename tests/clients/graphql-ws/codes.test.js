// Close codes, as a plain `ws` client sees them. 4408 comes after 10 s without `connection_init`: it is tested in Rust,
// with a shorter time.

import test from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import WebSocket from 'ws'
import { serve } from '../doorway.js'

const INIT = { type: 'connection_init' }
const SUBSCRIBE = { type: 'subscribe', id: 'one', payload: { query: 'subscription { tagChanged { kind } }' } }

const cases = [
  ['no subprotocol', 4406, 'Subprotocol not acceptable', [], null],
  ['an unknown subprotocol', 4406, 'Subprotocol not acceptable', [], 'graphql'],
  ['a message that is not JSON', 4400, 'Invalid message: ', [INIT, 'hello']],
  ['an unknown type of message', 4400, 'Invalid message: ', [INIT, { type: 'start' }]],
  ['a binary frame', 4400, 'Invalid message: a message must be text', [INIT, Buffer.from(JSON.stringify(SUBSCRIBE))]],
  ['a subscription before the connection is initialised', 4401, 'Unauthorized', [SUBSCRIBE]],
  ['an id that is in use', 4409, 'Subscriber for one already exists', [INIT, SUBSCRIBE, SUBSCRIBE]],
  ['a second initialisation', 4429, 'Too many initialisation requests', [INIT, INIT]],
]

test('a violation of the protocol has its close code and a reason', { timeout: 120_000 }, async (t) => {
  const { endpoint } = await serve(t)
  for (const [name, code, reason, messages, protocol = 'graphql-transport-ws'] of cases) {
    await t.test(`${code}: ${name}`, async () => {
      const url = endpoint.replace('http', 'ws')
      // With a bare header, `ws` leaves it to the server to refuse the subprotocol.
      const headers = protocol && { 'Sec-WebSocket-Protocol': protocol }
      const socket = code === 4406 ? new WebSocket(url, { headers }) : new WebSocket(url, protocol)
      await once(socket, 'open')
      const closed = once(socket, 'close')
      for (const message of messages) {
        socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
      }
      const [given, because] = await closed
      assert.equal(given, code)
      assert.ok(because.toString().startsWith(reason), because.toString())
    })
  }
})
