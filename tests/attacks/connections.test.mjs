// Clients that do not read, do not go, or ask too often.

import assert from 'node:assert/strict'
import test from 'node:test'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { each } from './answers.mjs'
import { attacks } from './attack.mjs'
import { aliases, bytesOf, post, send, sendAndStall, sleep, times, until } from './http.mjs'
import { serve } from './server.mjs'
import { UPGRADE, changeHuge, frame, statusOf, subscribeAll } from './sockets.mjs'

const limit = { timeout: 600_000 }

// 4.6 MB, from one row.
const large = { query: `{ user(username: "huge") { blogPosts { ${aliases(5, 'content')} } } }` }
// Its events are of 900 KB, where the huge row changes.
const changes = 'subscription { blogPostChanged { kind blogPost { content } } }'
const HOLD = 2000
// What must come in the end may take so long on a busy machine.
const PATIENCE = 30_000

// 256 MiB of responses may wait to be read, and rows of 256 MiB become responses; SQLite keeps some 130 MB, and the rest is the program.
const WAITING = 700

test('clients that never read', limit, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)

  await attack({
    name: '60 answers of 4.6 MB over HTTP/1',
    send: async ({ url }) => {
      const sockets = await times(60, () => sendAndStall(url, bytesOf(large)))
      await sleep(HOLD)
      return Promise.all(sockets.map(statusOf))
    },
    // Answered, put off, or given up.
    expect: each((status) => assert.ok(['200', '503', undefined].includes(status), status)),
    rss: WAITING,
  })

  await attack({
    name: '200 answers of 4.6 MB over one connection of HTTP/2, with a window of 0',
    send: async ({ url }) => {
      const session = connectHttp2(url, { settings: { initialWindowSize: 0 } })
      session.on('error', () => {})
      const statuses = []
      for (let nth = 0; nth < 200; nth++) {
        const stream = session.request({ ':method': 'POST', ':path': '/graphql', 'content-type': 'application/json' })
        stream.on('error', () => {}).once('response', (headers) => statuses.push(headers[':status']))
        stream.pause()
        stream.end(JSON.stringify(large))
      }
      await sleep(HOLD)
      session.destroy()
      return statuses
    },
    expect: each((status) => assert.ok([200, 503].includes(status), status)),
    rss: WAITING,
  })

  await attack({
    name: '300 event streams, and 12 events of 900 KB for each',
    send: async ({ url, endpoint }, signal) => {
      const sockets = await times(300, () => sendAndStall(url, bytesOf({ query: changes }, ['Accept: text/event-stream'])))
      await sleep(300)
      await changeHuge(endpoint, 12, signal)
      await sleep(HOLD)
      return Promise.all(sockets.map(statusOf))
    },
    expect: each((status) => assert.ok(['200', '503', undefined].includes(status), status)),
    rss: WAITING,
  })

  await attack({
    name: '50 WebSockets with 20 subscriptions each, and 12 events of 900 KB for each',
    send: async ({ url, endpoint }, signal) => {
      const subscribe = Array.from({ length: 20 }, (_, nth) =>
        frame(JSON.stringify({ type: 'subscribe', id: `${nth}`, payload: { query: changes } })),
      )
      const sockets = await times(50, () => sendAndStall(url, UPGRADE))
      for (const socket of sockets) socket.write(Buffer.concat([frame('{"type":"connection_init"}'), ...subscribe]))
      await sleep(300)
      await changeHuge(endpoint, 12, signal)
      await sleep(HOLD)
      return Promise.all(sockets.map(statusOf))
    },
    expect: each((status) => assert.ok(['101', '503', undefined].includes(status), status)),
    rss: 400,
  })

  await attack({
    name: '300 WebSockets that do not read, and ask for five answers of 4.6 MB each',
    send: async ({ url }) => {
      const asked = Array.from({ length: 5 }, (_, nth) =>
        frame(JSON.stringify({ type: 'subscribe', id: `${nth}`, payload: large })),
      )
      const sockets = await times(300, () => sendAndStall(url, UPGRADE))
      for (const socket of sockets) socket.write(Buffer.concat([frame('{"type":"connection_init"}'), ...asked]))
      await sleep(2 * HOLD)
      return Promise.all(sockets.map(statusOf))
    },
    expect: each((status) => assert.ok(['101', '503', undefined].includes(status), status)),
    rss: WAITING,
  })

  await attack({
    name: '80 clients that come back and never read 4.6 MB, while those of another address read theirs',
    send: async ({ url, endpoint }, signal) => {
      const { hostname, port } = new URL(url)
      const open = new Set()
      let over = false
      const stall = () => {
        if (over) return
        const socket = connect({ host: hostname, port, localAddress: '127.0.0.2' }).on('error', () => {})
        open.add(socket)
        socket.on('close', () => open.delete(socket) && setTimeout(stall, 50))
        socket.write(bytesOf(large))
        // It does not read, and so must be told by writing that the connection is closed.
        const ask = setInterval(() => (socket.destroyed ? clearInterval(ask) : socket.write('x')), 200)
        socket.once('close', () => clearInterval(ask))
      }
      await times(80, stall)
      await sleep(HOLD)
      const answers = []
      for (let nth = 0; nth < 12; nth++) {
        answers.push(await post(endpoint, large, { signal }))
        await sleep(250)
      }
      over = true
      open.forEach((socket) => socket.destroy())
      return answers
    },
    expect: each(({ status, bytes }) => assert.ok(status === 200 && bytes > 4_500_000, `${status}, ${bytes} bytes`)),
    rss: WAITING,
  })

  await attack({
    name: '20 WebSockets that do not read, and ask for large rows, slow ones and writes',
    send: async ({ url, endpoint }, signal) => {
      const slow = { query: '{ blogPosts(limit: 1, where: { content: { containsI: "no such" } }) { id } }' }
      const write = { query: 'mutation { upsertTag(input: { name: "silent" }) { tag { id } } }' }
      const asked = Array.from({ length: 12 }, (_, nth) =>
        frame(JSON.stringify({ type: 'subscribe', id: `${nth}`, payload: [large, slow, write][nth % 3] })),
      )
      const sockets = await times(20, () => sendAndStall(url, UPGRADE))
      for (const socket of sockets) socket.write(Buffer.concat([frame('{"type":"connection_init"}'), ...asked]))
      await sleep(HOLD)
      // They hold no reader, and not the writer.
      const others = await Promise.all([slow, write].map((body) => post(endpoint, body, { signal })))
      return { statuses: await Promise.all(sockets.map(statusOf)), others }
    },
    expect: ({ statuses, others }) => {
      each((status) => assert.ok(['101', '503', undefined].includes(status), status))(statuses)
      for (const { status, json, text } of others) assert.ok(status === 200 && json.data, text)
    },
    rss: WAITING,
  })

  for (const [name, ping] of [
    ['pings', frame('x'.repeat(125), 0x9)],
    ["the protocol's own pings", frame('{"type":"ping"}')],
  ]) {
    await attack({
      name: `a WebSocket that sends 60 MB of ${name}`,
      send: async ({ url }) => {
        const socket = await sendAndStall(url, UPGRADE)
        socket.write(frame('{"type":"connection_init"}'))
        const chunk = Buffer.concat(Array(Math.ceil((1 << 20) / ping.length)).fill(ping))
        let sent = 0
        // Until the server takes no more.
        while (sent < 60 && !socket.destroyed) {
          const written = new Promise((resolve) => socket.write(chunk, () => resolve(true)))
          if (!(await Promise.race([written, sleep(1000)]))) break
          sent++
        }
        return statusOf(socket)
      },
      expect: (status) => assert.ok(['101', undefined].includes(status), status),
      // Its answers to them are not kept.
      rss: 80,
    })
  }
})

// Subscriptions: 100 of each of 1,000 sockets.
const ALL = 100_000

test('many at once', limit, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)

  await attack({
    name: '400 requests at once for 10,000 rows each',
    send: ({ endpoint }, signal) => {
      const query = '{ users(limit: 50) { username blogPosts(limit: 20) { title tags(limit: 10) { name } } } }'
      return times(400, () => post(endpoint, { query }, { signal }))
    },
    expect: (answers) => {
      assert.ok(answers.some(({ status }) => status === 200))
      for (const { status, headers, json, text } of answers) {
        if (status === 200) {
          assert.equal(json?.data?.users?.length, 50, text.slice(0, 300))
          continue
        }
        assert.equal(status, 503)
        assert.equal(headers['retry-after'], '1')
        assert.equal(json.errors[0].extensions.code, 'SERVICE_UNAVAILABLE')
      }
    },
    rss: 400,
  })

  await attack({
    name: '100,000 subscriptions, and a mutation that all of them hear of',
    prepare: subscribeAll,
    send: async ({ endpoint }, signal, { sockets, heard, others }) => {
      // One is enough, unless some have not begun: no protocol acknowledges that.
      for (let nth = 0; nth < 3 && heard.size < ALL && !signal.aborted; nth++) {
        await post(endpoint, { query: `mutation { createTag(input: { name: "many ${nth} ${Date.now()}" }) { tag { id } } }` }, { signal })
        let before
        do {
          before = heard.size
          await until(() => heard.size === ALL, 3000)
        } while (heard.size > before && heard.size < ALL)
      }
      sockets.forEach((socket) => socket.terminate())
      return { heard: heard.size, others: others.slice(0, 3) }
    },
    expect: ({ heard, others }) => assert.equal(heard, ALL, `${heard} have heard; ${others}`),
    rss: 1500,
    longest: 30_000,
  })
})

test('more connections than the process may open files', limit, async (t) => {
  const server = await serve(t, { files: 1024 })
  const attack = attacks(t, server)
  await attack({
    name: '1,100 idle connections',
    // Others must be able to connect.
    fresh: true,
    send: async ({ url }) => {
      const { hostname, port } = new URL(url)
      const sockets = []
      for (let nth = 0; nth < 1100; nth++) {
        const socket = connect({ host: hostname, port })
          .on('error', () => {})
          .resume()
        sockets.push(socket)
        await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
        // Half of them have asked something before.
        if (nth % 2) socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
        if (nth % 20 === 0) await sleep(20)
      }
      await sleep(1500)
      const open = sockets.map((socket) => !socket.destroyed && socket.readable)
      sockets.forEach((socket) => socket.destroy())
      return open
    },
    expect: (open) => {
      assert.ok(open.filter(Boolean).length < 1024, `${open.filter(Boolean).length} are open`)
      const seen = open.map((is) => (is ? 'o' : '.')).join('')
      assert.equal(open[0], false, `the oldest is open: ${seen}`)
      // One that has just come may be the idlest while the server is still accepting the others.
      assert.ok(open.slice(-50).filter(Boolean).length > 25, `the newest are closed: ${seen}`)
      const average = (wanted) => {
        const found = open.flatMap((is, nth) => (is === wanted ? [nth] : []))
        return found.reduce((sum, nth) => sum + nth, 0) / found.length
      }
      assert.ok(average(false) < average(true), 'newer ones were closed before older ones')
    },
    rss: 120,
  })

  // Each takes the place of an older one, which has begun as much.
  for (const [what, bytes] of [
    ['requests', 'POST /graphql HTTP/1.1\r\nHost: localhost\r\n'],
    ['prefaces of HTTP/2', 'PRI * HTTP/2.0\r\n'],
    ['connections of HTTP/2 without settings', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ]) {
    await attack({
      name: `450 ${what} that are begun and not ended, in three seconds`,
      fresh: true,
      send: async ({ url }) => {
        const { hostname, port } = new URL(url)
        const sockets = []
        for (let round = 0; round < 45; round++) {
          for (let nth = 0; nth < 10; nth++) {
            const socket = connect({ host: hostname, port }).on('error', () => {})
            socket.resume().write(bytes)
            sockets.push(socket)
          }
          await sleep(1000 / 15)
        }
        sockets.forEach((socket) => socket.destroy())
      },
      expect: () => {},
      rss: 120,
    })
  }
})

test('no connection is left', limit, async (t) => {
  const server = await serve(t, { args: ['--max-connections', '50'] })
  // Each has a request whose body does not come. One that the server has not read yet is idle to it, and may be closed for another.
  const busy = []
  t.after(() => busy.forEach((socket) => socket.destroy()))
  const stall = () => sendAndStall(server.url, 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n')
  busy.push(...(await times(50, stall)))
  const query = () => post(server.endpoint, { query: '{ __typename }' })
  const full = async () => {
    busy.push(await stall())
    return (await query()).status === 503
  }
  assert.ok(await until(full, PATIENCE), 'there is one left')
  for (const path of ['/healthz', '/readyz']) assert.equal((await send(server.url + path)).status, 200)
  busy.forEach((socket) => socket.destroy())
  assert.ok(await until(async () => (await query()).status === 200, PATIENCE), 'they are not given back')
})

// A page whose name leads to this address is of the same origin to its browser. Only the name gives it away.
test('a name that is not ours', limit, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)
  const evil = { Host: 'evil.example', Origin: 'http://evil.example' }
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const body = JSON.stringify({ query: '{ users(limit: 1) { username } }' })
  const requests = {
    'a POST': ['/graphql', { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...evil } }],
    'a POST that says it is of the same origin': [
      '/graphql',
      { method: 'POST', body, headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin', ...evil } },
    ],
    'a POST to a name with a port': [
      '/graphql',
      { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...evil, Host: 'evil.example:8000' } },
    ],
    'a GET': ['/graphql?query={__typename}', { headers: evil }],
    'an event stream': ['/graphql?query=subscription{tagChanged{kind}}', { headers: { Accept: 'text/event-stream', ...evil } }],
    'a WebSocket': ['/graphql', { headers: { ...upgrade, 'Sec-WebSocket-Protocol': 'graphql-transport-ws', ...evil } }],
  }
  for (const [name, [path, options]] of Object.entries(requests)) {
    await attack({
      name: `DNS rebinding with ${name}`,
      send: ({ url }) => send(url + path, { ...options, signal: AbortSignal.timeout(3000) }),
      expect: ({ status, text }) => {
        assert.equal(status, 421)
        assert.doesNotMatch(text, /"data"/)
      },
      rss: 120,
    })
  }

  await attack({
    name: 'DNS rebinding over HTTP/2',
    send: async ({ url }) => {
      const session = connectHttp2(url)
      session.on('error', () => {})
      const stream = session.request({ ':method': 'GET', ':path': '/graphql?query={__typename}', ':authority': 'evil.example' })
      const headers = await new Promise((resolve, reject) => stream.once('response', resolve).once('error', reject))
      session.destroy()
      return headers[':status']
    },
    expect: (status) => assert.equal(status, 421),
    rss: 120,
  })
})
