// Requests over HTTP/1.1, each on a connection of its own.

import { setMaxListeners } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'

// Sends JSON by POST, and returns the response.
export function post(url, body, { headers, signal } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return send(url, { method: 'POST', body: text, headers: { 'Content-Type': 'application/json', ...headers }, signal })
}

// Sends a request, and returns the response: `bytes` is the size of its body, and `text` the body, or what it begins with
// if it is large. `json` is there if the body is. A connection that is closed without an answer gives `{ closed: true }`.
export function send(url, { method = 'GET', body = '', headers = {}, signal } = {}) {
  return new Promise((resolve, reject) => {
    const length = body ? { 'Content-Length': Buffer.byteLength(body) } : {}
    const sent = request(url, { method, headers: { ...length, ...headers }, agent: false, signal })
    sent.once('error', (error) => {
      const closed = error.code === 'ECONNRESET' || error.code === 'EPIPE'
      closed ? resolve({ closed: true, text: '' }) : reject(error)
    })
    sent.once('upgrade', ({ statusCode: status, headers }, socket) => {
      socket.destroy()
      resolve({ status, headers, text: '' })
    })
    sent.once('response', (response) => {
      const { statusCode: status, headers } = response
      const kept = []
      let bytes = 0
      response.on('data', (chunk) => {
        if (bytes < 2 << 20) kept.push(chunk)
        bytes += chunk.length
      })
      response.once('error', () => resolve({ closed: true, status, headers, bytes, text: '' }))
      response.once('end', () => {
        const text = Buffer.concat(kept).toString()
        let json
        try {
          json = JSON.parse(text)
        } catch {
          // It is not JSON, or too large to look at.
        }
        resolve({ status, headers, bytes, text, json })
      })
    })
    sent.end(body)
  })
}

// Opens a connection, sends bytes, and reads nothing from then on. Returns the socket.
export async function sendAndStall(url, bytes) {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port })
  socket.pause()
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
  socket.write(bytes)
  return socket
}

// The bytes of a request with a body of JSON.
export function bytesOf(body, headers = []) {
  const text = JSON.stringify(body)
  const head = ['POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...headers]
  return `${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

// What `make` promises for each of so many numbers.
export const times = (count, make) => Promise.all(Array.from({ length: count }, (_, nth) => make(nth)))

// A signal that aborts after `milliseconds`, or with `signal`. Not `AbortSignal.any`: Node.js 20 may collect the time-out.
export function abortAfter(milliseconds, signal) {
  const end = new AbortController()
  setMaxListeners(0, end.signal)
  const timer = setTimeout(() => end.abort(), milliseconds)
  end.signal.addEventListener('abort', () => clearTimeout(timer))
  signal.addEventListener('abort', () => end.abort())
  return end.signal
}

// Waits until `is` returns something true, and returns that; or what it returned last, after `milliseconds`.
export async function until(is, milliseconds) {
  const end = Date.now() + milliseconds
  for (;;) {
    const value = await is()
    if (value || Date.now() > end) return value
    await sleep(50)
  }
}

// The `send` of an attack: a query by POST.
export const ask =
  (query, variables) =>
  ({ endpoint }, signal) =>
    post(endpoint, { query, variables }, { signal })

// The parts of a document.
export const repeat = (count, make) => Array.from({ length: count }, (_, nth) => make(nth)).join(' ')
export const aliases = (count, field) => repeat(count, (nth) => `a${nth}: ${field}`)
