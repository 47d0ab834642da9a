// Sockets: what is sent over them, and what is read from them.

import { post, until } from './http.mjs'
import { WebSocket } from './server.mjs'

// Reads the rest of what a socket has got, and returns the status in its first line, or undefined if it was closed without.
export async function statusOf(socket) {
  let head = ''
  socket.setEncoding('latin1').on('data', (text) => (head = head.slice(0, 100) || text.slice(0, 100)))
  socket.resume()
  await until(() => head || socket.destroyed, 5000)
  socket.destroy()
  return head.match(/^HTTP\/1\.1 (\d+) /)?.[1]
}

// Opens a WebSocket and initialises it.
export async function openSocket(endpoint, protocol = 'graphql-transport-ws') {
  const socket = new WebSocket(endpoint.replace('http', 'ws'), protocol)
  socket.on('error', () => {})
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.send('{"type":"connection_init"}')
  return socket
}

// Asks for the events that `payload` selects.
export const subscribe = (socket, id, payload) => socket.send(JSON.stringify({ type: 'subscribe', id: `${id}`, payload }))

// Opens 1,000 WebSockets with 100 subscriptions each. `heard` are those that have received an event, and `others` are
// messages that are no event.
export async function subscribeAll({ endpoint }) {
  const query = 'subscription { tagChanged { kind tag { name } } }'
  const heard = new Set()
  const others = []
  const sockets = await Promise.all(
    Array.from({ length: 1000 }, async (_, nth) => {
      const socket = await openSocket(endpoint)
      for (let id = 0; id < 100; id++) subscribe(socket, id, { query })
      socket.send('{"type":"ping"}')
      await new Promise((resolve) => {
        socket.on('message', (message) => {
          const { type, id, payload } = JSON.parse(message)
          if (type === 'next' && payload.data) heard.add(`${nth} ${id}`)
          else if (type !== 'pong' && type !== 'connection_ack') others.push(`${message}`)
          // All that was sent before it has been read.
          if (type === 'pong') resolve()
        })
      })
      return socket
    }),
  )
  return { sockets, heard, others }
}

// Changes the post of 900 KB, so that its subscribers read it.
export async function changeHuge(endpoint, count, signal) {
  const { json } = await post(endpoint, { query: '{ user(username: "huge") { blogPosts { id } } }' })
  const query = 'mutation($input: UpdateBlogPostInput!) { updateBlogPost(input: $input) { userErrors { message } } }'
  for (let nth = 0; nth < count; nth++) {
    const input = { id: json.data.user.blogPosts[0].id, title: `change ${nth} ${Date.now()}` }
    await post(endpoint, { query, variables: { input } }, { signal })
  }
}

export const UPGRADE = [
  'GET /graphql HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
  '\r\n',
].join('\r\n')

// A frame of a client, with a mask of zeroes (RFC 6455, section 5.2).
export function frame(text, opcode = 0x1) {
  const payload = Buffer.from(text)
  const short = payload.length < 126
  const head = Buffer.alloc(short ? 6 : 8)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | (short ? payload.length : 126)
  if (!short) head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}
