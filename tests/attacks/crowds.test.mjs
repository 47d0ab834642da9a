// Crowds: many clients that ask for the dearest of what is allowed, again and again, beside others who ask for little.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { connect as connectHttp2 } from 'node:http2'
import { attacks } from './attack.mjs'
import { abortAfter, post, repeat, send, sendAndStall, sleep, times, until } from './http.mjs'
import { serve } from './server.mjs'
import { UPGRADE, openSocket, subscribe } from './sockets.mjs'

const limit = { timeout: 600_000 }

// Lets so many clients ask one thing after the other for a while; each request is another text. Returns the statuses of the answers.
async function crowd(clients, signal, ask) {
  const left = abortAfter(3000, signal)
  const statuses = new Set()
  let asked = 0
  const loop = async () => {
    while (!left.aborted) {
      const answer = await ask(asked++, left).catch(() => undefined)
      const late = answer?.json?.errors?.some(({ extensions }) => extensions.code === 'SERVICE_UNAVAILABLE')
      if (answer) statuses.add(answer.closed ? 'closed' : answer.status === 200 && late ? 'refused with 200' : answer.status)
    }
  }
  await times(clients, loop)
  return [...statuses]
}

// Answered, or refused as a whole. A mutation whose payload is refused has been executed, and has the status 200.
const answeredOrRefused = (statuses, ...others) => {
  assert.ok(statuses.length > 0, 'nobody was answered')
  for (const status of statuses) assert.ok([200, 503, ...others].includes(status), `${statuses}`)
}

test('crowds', limit, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)

  // Each is found by a key and has megabytes.
  await attack({
    name: '16 clients that ask for 30 MB by a key',
    send: ({ endpoint }, signal) => {
      const query = `{ user(username: "huge") { blogPosts { ${repeat(34, (nth) => `a${nth}: content`)} } } }`
      return crowd(16, signal, (_, signal) => post(endpoint, { query }, { signal }))
    },
    expect: answeredOrRefused,
    rss: 900,
  })

  for (const [name, text] of [
    ['fields that there are not', `{ ${repeat(90_000, (nth) => `u${nth}`)} }`],
    ['one field', `{ ${'tags { id } '.repeat(60_000)} }`],
    ['values', `{ tags(limit: 1, where: { name: { in: [${'"a" '.repeat(150_000)}] } }) { id } }`],
  ]) {
    await attack({
      name: `16 clients whose documents have 700 KB of ${name}, each another`,
      send: ({ endpoint }, signal) =>
        crowd(16, signal, (nth, signal) => post(endpoint, { query: `${text}#${nth}` }, { signal })),
      expect: answeredOrRefused,
      rss: 700,
    })
  }

  // What takes long before anything runs. Each text is another, so that none is kept.
  const lists = repeat(700, (nth) => `a${nth}: users(limit: 1) { id }`)
  const conditions = `${'{ and: ['.repeat(140)}{ title: { eq: "x" } }${'] }'.repeat(140)}`
  const schema = repeat(300, (nth) => `a${nth}: __schema { types { name } }`)
  for (const [name, clients, body] of [
    ['documents of 13 KB', 400, (nth) => ({ query: `{ ${lists} }#${nth}` })],
    ['140 conditions, each in the other', 100, (nth) => ({ query: `{ blogPosts(where: ${conditions}) { id } }#${nth}` })],
    ['300 times a part of the schema', 20, (nth) => ({ query: `{ ${schema} }#${nth}` })],
  ]) {
    await attack({
      name: `${clients} clients that send ${name}`,
      send: ({ endpoint }, signal) => {
        const one = JSON.stringify(body('NTH'))
        return crowd(clients, signal, (nth, signal) => post(endpoint, one.replace('NTH', nth), { signal }))
      },
      expect: (statuses) => answeredOrRefused(statuses, 400),
      rss: 700,
      longest: 15_000,
    })
  }

  // Its hash is short to send. The variable makes all conditions be read each time.
  await attack({
    name: '100 clients that send the hash of a document with 2,000 conditions, and a variable',
    send: async ({ endpoint }, signal) => {
      const conditions = repeat(240, (nth) => `{ title: { eq: "x${nth}" } }`)
      const lists = repeat(8, (nth) => `a${nth}: blogPosts(limit: $n, where: { or: [${conditions}] }) { id }`)
      const query = `query($n: Int! = 0) { ${lists} }`
      const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') }
      const { json } = await post(endpoint, { query, extensions: { persistedQuery } }, { signal })
      assert.deepEqual(json.data?.a7, [], JSON.stringify(json))
      const variables = { n: 0 }
      return crowd(100, signal, (_, signal) => post(endpoint, { variables, extensions: { persistedQuery } }, { signal }))
    },
    expect: answeredOrRefused,
    rss: 700,
  })

  // Each takes milliseconds of SQLite's time, and many of them take long together.
  for (const [name, query] of [
    ['sort 20,000 posts', '{ blogPosts(limit: 1, orderBy: [{ title: ASC }, { content: DESC }]) { id } }'],
    ['sort the posts of 200 users by their content', '{ users(limit: 200) { blogPosts(limit: 1, orderBy: [{ content: ASC }]) { id } } }'],
    ['look at 20,000 posts', '{ blogPosts(limit: 1, where: { content: { gt: "zzzz" } }) { id } }'],
  ]) {
    await attack({
      name: `100 clients that ${name}`,
      send: ({ endpoint }, signal) => crowd(100, signal, (_, signal) => post(endpoint, { query }, { signal })),
      expect: answeredOrRefused,
      rss: 700,
    })
  }

  await attack({
    name: '4 clients that have 15 MB compressed',
    send: ({ endpoint }, signal) => {
      const query = `{ user(username: "huge") { blogPosts { ${repeat(17, (nth) => `a${nth}: content`)} } } }`
      const headers = { 'Accept-Encoding': 'br, gzip' }
      return crowd(4, signal, (_, signal) => post(endpoint, { query }, { signal, headers }))
    },
    expect: answeredOrRefused,
    rss: 900,
  })

  const search = (nth) => `where: { not: { tags: { some: { posts: { some: { content: { containsI: "no such ${nth}" } } } } } } }`

  await attack({
    name: '50 clients whose mutations select what is dear, beside one whose does not',
    send: async ({ endpoint }, signal) => {
      const dear = (nth) => `mutation { upsertUser(input: { username: "huge" }) { user { blogPosts(limit: 1000, ${search(nth)}) { id } } } }`
      const attackers = crowd(50, signal, (nth, signal) => post(endpoint, { query: dear(nth) }, { signal }))
      await sleep(1000)
      const query = 'mutation { upsertTag(input: { name: "cheap" }) { tag { id } } }'
      const cheap = []
      for (let nth = 0; nth < 3; nth++) cheap.push(await post(endpoint, { query }, { signal }))
      return { cheap, statuses: await attackers }
    },
    expect: ({ cheap, statuses }) => {
      for (const { status, json, text } of cheap) assert.ok(status === 200 && json.data?.upsertTag?.tag, text)
      answeredOrRefused(statuses, 'refused with 200')
    },
    rss: 700,
    longest: 30_000,
  })

  await attack({
    name: '100 subscriptions that each search for another text, beside one that does not',
    send: async ({ endpoint }, signal) => {
      const ready = (socket) =>
        new Promise((resolve) => {
          socket.on('message', (message) => JSON.parse(message).type === 'pong' && resolve())
          socket.send('{"type":"ping"}')
        })
      const sockets = await times(10, () => openSocket(endpoint))
      sockets.forEach((socket, nth) => {
        for (let id = 0; id < 10; id++) {
          const query = `subscription { tagChanged { tag { posts(limit: 1000, ${search(`${nth} ${id}`)}) { id } } } }`
          subscribe(socket, id, { query })
        }
      })
      const other = await openSocket(endpoint)
      let heard = 0
      other.on('message', (message) => (heard += JSON.parse(message).type === 'next' ? 1 : 0))
      subscribe(other, 0, { query: 'subscription { tagChanged { kind tag { name } } }' })
      await times(11, (nth) => ready([...sockets, other][nth]))
      // The dear ones have begun with the first when the last comes.
      for (let nth = 0; nth < 3; nth++) {
        const name = `crowd ${nth} ${Date.now()}`
        await post(endpoint, { query: `mutation { createTag(input: { name: "${name}" }) { tag { id } } }` }, { signal })
        await until(() => heard > nth, 3000)
      }
      ;[...sockets, other].forEach((socket) => socket.terminate())
      return heard
    },
    expect: (heard) => assert.equal(heard, 3),
    rss: 700,
    longest: 15_000,
  })

  await attack({
    name: '600 bodies of 1 MB over HTTP/2 that do not end',
    send: async ({ url }) => {
      const statuses = []
      const sessions = Array.from({ length: 6 }, () => connectHttp2(url).on('error', () => {}))
      for (const session of sessions) {
        for (let nth = 0; nth < 100; nth++) {
          const stream = session.request({ ':method': 'POST', ':path': '/graphql', 'content-type': 'application/json' })
          stream.on('error', () => {}).once('response', (headers) => statuses.push(headers[':status']))
          stream.write(Buffer.alloc(1_000_000, ' '))
        }
      }
      await until(() => statuses.length, 10_000)
      await sleep(1000)
      sessions.forEach((session) => session.destroy())
      return statuses
    },
    // 256 MiB of them may wait.
    expect: (statuses) => {
      assert.ok(statuses.length > 0, 'none was refused')
      for (const status of statuses) assert.equal(status, 503)
    },
    rss: 900,
    longest: 20_000,
  })

  await attack({
    name: '80 subscriptions with 900 KB of variables',
    send: async ({ endpoint }, signal) => {
      const query = 'subscription($a: String) { tagChanged { tag { posts(where: { title: { eq: $a } }) { id } } } }'
      let refused = 0
      const sockets = await times(8, async () => {
        const socket = await openSocket(endpoint)
        return socket.on('message', (message) => (refused += JSON.parse(message).type === 'error' ? 1 : 0))
      })
      const variables = { a: 'x'.repeat(900_000) }
      for (let id = 0; id < 10 && !signal.aborted; id++) {
        for (const socket of sockets) subscribe(socket, id, { query, variables })
      }
      // What they keep is counted as 7 MB each, and 256 MiB are allowed.
      await until(() => refused >= 40, 15_000)
      sockets.forEach((socket) => socket.terminate())
      return refused
    },
    expect: (refused) => assert.ok(refused >= 40, `${refused} were refused`),
    rss: 900,
    longest: 30_000,
  })

  assert.equal((await send(`${server.url}/readyz`)).status, 200)
})

// A value takes 70 bytes or more in memory, and two in the request. Two requests are read at a time, and others wait as they were sent.
test('many values', limit, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)
  const numbers = Array(480_000).fill(0)
  for (const [name, body] of [
    ['a variable that is not there', { query: '{ __typename }', variables: { a: numbers } }],
    ['an extension', { query: '{ __typename }', extensions: { a: numbers } }],
  ]) {
    await attack({
      name: `100 clients that send 480,000 numbers as ${name}`,
      send: ({ endpoint }, signal) => {
        const text = JSON.stringify(body)
        return crowd(100, signal, (_, signal) => post(endpoint, text, { signal }))
      },
      expect: (statuses) => answeredOrRefused(statuses),
      rss: 900,
      longest: 15_000,
    })
  }
})

// The protocol before graphql-transport-ws, which a library of its own speaks. On a server of their own, as what follows: what others
// have left in memory is not theirs.
test('the legacy protocol', limit, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)

  for (const [name, rounds, payload] of [
    ['documents of 480 KB', 1, (nth) => ({ query: `query($v: [Int]) { __typename } # ${nth}`, variables: { v: Array(240_000).fill(0) } })],
    ['answers of 8 MB', 5, () => ({ query: `{ blogPosts(limit: 1000) { ${repeat(900, (nth) => `a${nth}: version`)} } }` })],
  ]) {
    await attack({
      name: `100 clients of the legacy protocol with ${name}`,
      send: async ({ endpoint }) => {
        const kinds = new Set()
        const sockets = await times(100, () => openSocket(endpoint, 'graphql-ws'))
        for (const socket of sockets) socket.on('message', (message) => kinds.add(`${message}`.match(/"type":"(\w+)"/)?.[1]))
        for (let id = 0; id < rounds; id++) {
          sockets.forEach((socket, nth) => socket.send(JSON.stringify({ type: 'start', id: `${id}`, payload: payload(nth) })))
        }
        await sleep(3000)
        sockets.forEach((socket) => socket.terminate())
        return [...kinds]
      },
      expect: (kinds) => {
        for (const kind of kinds) assert.ok(['connection_ack', 'ka', 'data', 'error', 'complete'].includes(kind), kind)
        assert.ok(kinds.includes('data') || kinds.includes('error'), `${kinds}`)
      },
      rss: 900,
    })
  }
})

test('messages that do not end', limit, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)

  await attack({
    name: '600 WebSocket messages of 1 MB that do not end, each after one that does',
    send: async ({ endpoint }) => {
      const codes = []
      const sockets = await times(600, () => openSocket(endpoint))
      const message = `{"type":"ping","payload":{"a":"${'x'.repeat(1_000_000)}"}}`
      let answered = 0
      for (const socket of sockets) {
        socket.on('close', (code) => codes.push(code))
        socket.on('message', (message) => (answered += JSON.parse(message).type === 'pong' ? 1 : 0))
      }
      for (const [nth, socket] of sockets.entries()) {
        socket.send(message)
        // One after the other: all of them at a time would be too many.
        if (nth % 50 === 49) await until(() => answered + codes.length > nth, 10_000)
      }
      const refusedBefore = codes.length
      for (const socket of sockets) socket.send(message.slice(0, -2), { fin: false })
      await until(() => codes.length >= 300, 10_000)
      sockets.forEach((socket) => socket.terminate())
      return { answered, refusedBefore, codes: codes.slice(0, 300) }
    },
    // 256 MiB of them may wait.
    expect: ({ answered, refusedBefore, codes }) => {
      assert.deepEqual({ answered, refusedBefore, refused: codes.length }, { answered: 600, refusedBefore: 0, refused: 300 })
      for (const code of codes) assert.equal(code, 1013)
    },
    rss: 900,
    longest: 30_000,
  })

  await attack({
    name: '900 WebSockets that announce a message of 2 MB each, and send little of it',
    send: async ({ url }) => {
      const sockets = await times(900, () => sendAndStall(url, UPGRADE))
      const head = Buffer.alloc(14)
      head.set([0x81, 0x80 | 127])
      head.writeBigUInt64BE(2n << 20n, 2)
      for (const socket of sockets) socket.write(Buffer.concat([head, Buffer.alloc(3000, ' ')]))
      await sleep(2000)
      sockets.forEach((socket) => socket.destroy())
    },
    expect: () => {},
    rss: 900,
  })
})
