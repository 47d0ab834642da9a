// A thread that sends the cheap query, so that an attack which keeps this process busy does not slow it down. It sends the same to
// the control.
//
// In: `{ alone: N }` to send N, one after the other, or `{ every: MILLISECONDS, fresh }` to send one at each interval, whether or not
// the earlier ones were answered, until `{ stop: true }`. `fresh` opens a connection for each. Out: `times`, the milliseconds
// that each took, and `control`, the same of the control.

import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

const QUERY = '{ users(limit: 1) { username blogPosts(limit: 1) { title } } }'
const body = JSON.stringify({ query: QUERY })
const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length }
const kept = new Agent({ keepAlive: true })
const LATEST = 10_000

// Milliseconds until the answer was there; `Infinity` without a good one.
function ask(endpoint, agent) {
  const began = performance.now()
  return new Promise((resolve) => {
    const failed = () => resolve(Infinity)
    const options = { method: 'POST', headers, agent, signal: AbortSignal.timeout(LATEST) }
    const sent = request(endpoint, options, (response) => {
      let text = ''
      response
        .setEncoding('utf8')
        .on('data', (part) => (text += part))
        .once('error', failed)
      response.once('end', () => resolve(text.startsWith('{"data":{"users":[{') ? performance.now() - began : Infinity))
    })
    sent.once('error', failed)
    sent.end(body)
  })
}

let timer
let asked = []
const both = (agent) => Promise.all([workerData.endpoint, workerData.control].map((endpoint) => ask(endpoint, agent)))
const report = (id, pairs) =>
  parentPort.postMessage({ id, times: pairs.map(([time]) => time), control: pairs.map(([, time]) => time) })

parentPort.on('message', async ({ alone, every, fresh, stop, id }) => {
  if (alone) {
    const pairs = []
    for (let nth = 0; nth < alone; nth++) pairs.push([await ask(workerData.endpoint, kept), await ask(workerData.control, kept)])
    report(id, pairs)
  } else if (every) {
    const once = () => asked.push(both(fresh ? false : kept))
    asked = []
    once()
    timer = setInterval(once, every)
  } else if (stop) {
    clearInterval(timer)
    report(id, await Promise.all(asked))
  }
})
