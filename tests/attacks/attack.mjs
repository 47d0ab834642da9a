// One attack: what it gets for an answer, what it costs in memory, and what it does to others.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { on, setMaxListeners } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { send as get, sleep } from './http.mjs'
import { watchOthers } from './processor.mjs'

// A cheap query beside an attack is answered within 100 ms, on a machine on which it takes 2 ms alone. A slower machine gets as much
// more, and so does one whose processors other programs use. The attacking client itself takes half of two cores.
const WITHIN = 100
const ALONE = 2
// Half of them are; nine in ten take up to three times as long, and the others up to ten times.
const MOST = 3
const WORST = 10

// How long a server may take to calm down after an attack.
const CALM = 5000

// No attack here needs so long, whether it is answered or refused: of the time that other programs leave.
const LONGEST = 10_000
// Whatever they do.
const LAST = 40_000

// The allocator gives memory back late, so that an attack begins with what the one before it has left.
const GROWTH = 16

// The attacks on a server. Returns a function that makes a subtest of `t` of each:
//
// - `name`;
// - `send(server, signal)`, which attacks and returns what came of it;
// - `expect(outcome, server)`, which asserts that this is right;
// - `rss`, the most megabytes of memory that the process may have had, unless it had more before: then `GROWTH` more;
// - `fresh`, if each cheap query is to open a connection, instead of keeping one;
// - `prepare(server)`, which makes what `send` needs, and gets as its third argument. It is not part of the attack;
// - `longest`, the most milliseconds that it may take.
export function attacks(t, server) {
  const probe = new Worker(new URL('probe.mjs', import.meta.url), { workerData: { endpoint: server.endpoint } })
  t.after(() => probe.terminate())
  probe.setMaxListeners(0)
  const tell = async (message) => {
    const id = randomUUID()
    probe.postMessage({ ...message, id })
    for await (const [answer] of on(probe, 'message')) if (answer.id === id) return spread(answer.times)
  }
  // What the cheap query takes on this machine: an attack may have left the server something to do.
  let quiet
  const calm = async () => {
    quiet ??= (await tell({ alone: 50 })).median
    const end = Date.now() + CALM
    for (;;) {
      const alone = await tell({ alone: 50 })
      if (alone.median < 3 * quiet || Date.now() > end) return alone
      await sleep(200)
    }
  }
  return ({ name, send, expect, rss, fresh = false, prepare, longest = LONGEST }) =>
    t.test(name, { timeout: 90_000 }, async (t) => {
      const prepared = await prepare?.(server)
      const alone = await calm()
      const memory = await watchMemory(server.pid)
      const others = await watchOthers(server)
      probe.postMessage({ every: 50, fresh })
      const began = performance.now()
      const [outcome] = await Promise.all([within(longest, others, (signal) => send(server, signal, prepared)), sleep(250)])
      const took = performance.now() - began
      const beside = await tell({ stop: true })
      const { before, peak } = await memory()
      const slower = Math.max(1, Math.min(alone.median, 3 * quiet) / ALONE) / Math.max(0.2, 1 - (await others()))
      const bound = WITHIN * slower
      t.diagnostic(
        `${took.toFixed(0)} ms; ${before.toFixed(0)} MB, then ${peak.toFixed(0)} of ${rss}; cheap query alone ${show(alone)}, beside ${show(beside)} of ${bound.toFixed(0)}`,
      )
      if (outcome instanceof Error) throw outcome
      await expect(outcome, server)
      const problems = [
        peak > Math.max(rss, before + GROWTH) &&
          `the process grew from ${before.toFixed(0)} to ${peak.toFixed(0)} MB, and ${rss} are allowed`,
        (beside.median > bound || beside.most > bound * MOST) && `a cheap query beside it took ${show(beside)}, and ${bound.toFixed(0)} ms are allowed for half of them, three times that for nine in ten`,
        beside.max > bound * WORST && `the worst cheap query beside it took ${beside.max.toFixed(0)} ms`,
        (await get(`${server.url}/healthz`)).status !== 200 && 'the server is not alive',
      ]
      assert.deepEqual(problems.filter(Boolean), [])
    })
}

// What `run` returns, or the error that it throws: also one that says that it took too long.
async function within(milliseconds, others, run) {
  const abort = new AbortController()
  setMaxListeners(0, abort.signal)
  let outcome
  run(abort.signal).then(
    (value) => (outcome = { value }),
    (value) => (outcome = { value }),
  )
  const began = performance.now()
  const passed = () => performance.now() - began
  while (!outcome && passed() < milliseconds) await sleep(5)
  while (!outcome && passed() < LAST && passed() * (1 - (await others())) < milliseconds) await sleep(100)
  abort.abort()
  return outcome
    ? outcome.value
    : new Error(`the attack was neither answered nor refused within ${(passed() / 1000).toFixed(0)} s`)
}

// Lets Linux begin anew to look for the process's peak, and returns a function that returns it, and what the process had
// before, in megabytes.
async function watchMemory(pid) {
  const read = async (name) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    return Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))[1]) / 1024
  }
  await writeFile(`/proc/${pid}/clear_refs`, '5')
  const before = await read('VmRSS')
  return async () => ({ before, peak: await read('VmHWM') })
}

// `most` is what nine in ten stay within.
function spread(times) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  return { median: at(0.5), most: at(0.9), max: sorted.at(-1), count: sorted.length }
}

const show = ({ median, most, max, count }) => `${[median, most, max].map((time) => time.toFixed(1)).join('/')} ms (${count})`
