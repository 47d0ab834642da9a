// Bad input over raw sockets: the server says what is wrong, and continues.

import test from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import WebSocket from 'ws'
import { ask } from './blog.js'
import { serve } from './doorway.js'

const JSON_TYPE = 'Content-Type: application/json'
const ACCEPT = 'Accept: application/graphql-response+json'
const GOOD = '{"query":"{ __typename }"}'
const limit = { timeout: 120_000 }

// The bytes of a request. `length` is its Content-Length, which may be wrong.
function request(body, { headers = [JSON_TYPE], method = 'POST', length = Buffer.byteLength(body) } = {}) {
  const head = [`${method} /graphql HTTP/1.1`, 'Host: localhost', 'Connection: close', `Content-Length: ${length}`, ...headers]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)])
}

// Sends bytes, then closes the sending side if `cut`, and returns what comes back until the server closes the connection.
async function send(url, bytes, cut = false) {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port, allowHalfOpen: true })
  const received = []
  socket.on('data', (chunk) => received.push(chunk))
  const ended = new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
  // The server may answer and close the connection before it has read everything.
  socket.on('error', () => {})
  socket.write(bytes)
  if (cut) socket.end()
  await ended
  socket.destroy()
  return Buffer.concat(received)
}

function response(bytes) {
  const [head, body] = bytes.toString().split('\r\n\r\n')
  const [line, ...headers] = head.split('\r\n')
  const named = Object.fromEntries(headers.map((header) => header.split(': ')).map(([name, value]) => [name.toLowerCase(), value]))
  return { status: Number(line.split(' ')[1]), headers: named, body: body && JSON.parse(body) }
}

const stillAnswers = async (endpoint) => assert.deepEqual(await ask(endpoint, '{ __typename }'), { __typename: 'Query' })

const utf16 = Buffer.from(GOOD, 'utf16le')
const nested = '['.repeat(5000) + ']'.repeat(5000)
const unknown = '{"query":"query A { __typename }","operationName":"B"}'
const requests = [
  ['an empty body', request(''), 400, /line 1 column 0/],
  ['a body that is not JSON', request('{"query": '), 400, /line 1 column 10/],
  ['a body in UTF-16', request(utf16), 400, /UTF-8/],
  [
    'a body in UTF-16 that says so',
    request(utf16, { headers: ['Content-Type: application/json; charset=utf-16'] }),
    415,
    /UTF-8/,
  ],
  ['a lone surrogate in the query', request('{"query":"{ tag(name: \\"\\ud800\\") { id } }"}'), 400, /escape|surrogate/],
  ['a lone surrogate in a variable', request('{"query":"{ __typename }","variables":{"n":"\\ud800"}}'), 400, /escape|surrogate/],
  ['`query` twice', request('{"query":"{ a }","query":"{ __typename }"}'), 400, /duplicate field `query`/],
  ['no `query`', request('{}'), 400, /`query` is missing/],
  ['`query` as a number', request('{"query":7}'), 400, /`query`/],
  ['`variables` as a string', request('{"query":"{ __typename }","variables":"{}"}'), 400, /`variables`/],
  ['a string in place of an object', request('"query"'), 400, /object/],
  ['variables nested 5,000 deep', request(`{"query":"{ __typename }","variables":{"n":${nested}}}`), 400, /recursion limit/],
  ['an unknown operation', request(unknown), 200, /"B"/],
  ['an unknown operation, with the media type of GraphQL over HTTP', request(unknown, { headers: [JSON_TYPE, ACCEPT] }), 400, /"B"/],
  ['1,000 operations', request(`[${Array(1000).fill(GOOD)}]`), 400, /batches are not supported/],
  ['Content-Type twice', request(GOOD, { headers: [JSON_TYPE, 'Content-Type: text/plain'] }), 415, /Content-Type/],
  ['no Content-Type', request(GOOD, { headers: [] }), 415, /Content-Type: application\/json/],
  [
    'an unsupported Content-Encoding',
    request(GOOD, { headers: [JSON_TYPE, 'Content-Encoding: gzip'] }),
    415,
    /Content-Encoding/,
  ],
  ['an unknown method', request(GOOD, { method: 'BREW' }), 405, /GET|POST/],
  ['a body of 10 MB', request(Buffer.alloc(10 << 20, ' ')), 413, /1 MiB/],
]

test('a bad request gets a status and a message', limit, async (t) => {
  const { url, endpoint } = await serve(t)
  for (const [name, bytes, status, message] of requests) {
    await t.test(name, async () => {
      const answer = response(await send(url, bytes))
      assert.equal(answer.status, status)
      assert.match(answer.body?.errors[0].message ?? 'nothing', message)
    })
    await stillAnswers(endpoint)
  }

  await t.test('an incomplete body', async () => {
    const answer = response(await send(url, request(GOOD, { length: 1000 }), true))
    assert.equal(answer.status, 400)
    assert.match(answer.body.errors[0].message, /end|cut|short/)
  })
  await stillAnswers(endpoint)

  await t.test('the last of equal keys in the variables wins, as in JavaScript', async () => {
    const query = 'query($n: String) { tag(name: $n) { name } }'
    const answer = response(await send(url, request(`{"query":"${query}","variables":{"n":"sql","n":"graphql"}}`)))
    assert.deepEqual(answer.body, { data: { tag: { name: 'graphql' } } })
  })

  await t.test('the response to an unknown method lists the known ones', async () => {
    assert.match(response(await send(url, request(GOOD, { method: 'BREW' }))).headers.allow, /GET.*POST/)
  })

  // GraphQL over HTTP: only with this media type may a client rely on a status of 4xx.
  await t.test('an error has the media type that the client accepts', async () => {
    const { status, headers } = response(await send(url, request('{', { headers: [JSON_TYPE, ACCEPT] })))
    assert.deepEqual([status, headers['content-type']], [400, 'application/graphql-response+json; charset=utf-8'])
  })

  // RFC 9110, section 10.1.1: a client that waits for 100 Continue need not send this body.
  await t.test('the server does not ask for a body that will be too large', async () => {
    const bytes = request('', { headers: [JSON_TYPE, 'Expect: 100-continue'], length: 10 << 20 })
    assert.match((await send(url, bytes)).toString(), /^HTTP\/1.1 413 /)
  })

  await t.test('fetch with a body of 10 MB gets the error', async () => {
    for (let nth = 0; nth < 20; nth++) {
      const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: Buffer.alloc(10 << 20, ' ') }
      assert.equal((await fetch(endpoint, options)).status, 413)
    }
  })
  await stillAnswers(endpoint)
})

const INIT = '{"type":"connection_init"}'
const SUBSCRIBE = '{"type":"subscribe","id":"one","payload":{"query":"subscription { tagChanged { kind } }"}}'
const messages = [
  ['a binary frame', [INIT, Buffer.from(SUBSCRIBE)], 4400, /a message must be text/],
  ['a message of 1 MiB and a byte', [INIT, ' '.repeat((1 << 20) + 1)], 1009, /larger than 1 MiB/],
  ['an id that is in use', [INIT, SUBSCRIBE, SUBSCRIBE], 4409, /one already exists/],
  ['a lone surrogate', [INIT, SUBSCRIBE.replace('one', '\\ud800')], 4400, /escape|surrogate/],
  ['`variables` as a string', [INIT, SUBSCRIBE.replace('{"query"', '{"variables":"{}","query"')], 4400, /`variables`/],
]

test('a bad message closes the socket with a code and a reason', limit, async (t) => {
  const { endpoint } = await serve(t)
  for (const [name, sent, code, reason] of messages) {
    await t.test(name, async () => {
      const socket = new WebSocket(endpoint.replace('http', 'ws'), 'graphql-transport-ws')
      await once(socket, 'open')
      const closed = once(socket, 'close')
      for (const message of sent) socket.send(message)
      const [given, because] = await closed
      assert.equal(given, code)
      assert.match(because.toString(), reason)
    })
    await stillAnswers(endpoint)
  }
})

const UPGRADE = [
  'GET /graphql HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
]
// RFC 6455, section 7.4.1: 1002 for an invalid frame, 1007 for text that is not UTF-8.
const frames = [
  ['bytes that are not a frame', Buffer.alloc(64, 0xff), 1002],
  ['a frame without its mask', Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
  ['a reserved bit', Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
  ['a text that is not UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]), 1007],
]

test('garbage closes the socket', limit, async (t) => {
  const { url, endpoint } = await serve(t)
  for (const [name, garbage, code] of frames) {
    const received = await send(url, Buffer.concat([Buffer.from(`${UPGRADE.join('\r\n')}\r\n\r\n`), garbage]))
    const frame = received.subarray(received.indexOf('\r\n\r\n') + 4)
    await t.test(name, () => assert.match(received.toString(), /^HTTP\/1\.1 101 /))
    await t.test(`${name}: ${code}`, () => {
      assert.deepEqual([frame[0], frame.length > 3 && frame.readUInt16BE(2)], [0x88, code])
    })
    await stillAnswers(endpoint)
  }

  await t.test('an unknown version of WebSocket', async () => {
    const old = UPGRADE.map((line) => line.replace('Version: 13', 'Version: 8').replace('Connection: ', 'Connection: close, '))
    const bytes = Buffer.from(`${old.join('\r\n')}\r\n\r\n`)
    const head = (await send(url, bytes)).toString()
    assert.match(head, /^HTTP\/1\.1 426 /)
    assert.match(head, /sec-websocket-version: 13/i)
  })
  await stillAnswers(endpoint)
})
