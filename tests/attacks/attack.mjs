// One attack: what it gets for an answer, what it costs in memory, and what it does to others.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { on, setMaxListeners } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { send as get, sleep } from './http.mjs'
import { watchOthers } from './processor.mjs'

// A cheap query beside an attack is answered within 100 ms, on a machine on which it takes 2 ms alone. A slower machine gets as much
// more, and so does one whose processors other programs use, or on which the control waits for one. The attacking client itself takes
// half of two cores.
const WITHIN = 100
const ALONE = 2
// Half of them are; nine in ten take up to three times as long, and the others up to ten times.
const MOST = 3
const WORST = 10

// What the control takes at most while an attack keeps the client busy, and no other program runs: half, nine in ten, all.
const CONTROL = { median: 4, most: 10, max: 25 }

// An attack that was not in time is tried again: a real stall happens every time, noise from other programs does not.
const TRIES = 3

// How long a server may take to calm down after an attack.
const CALM = 5000

// No attack here needs so long, whether it is answered or refused: of the time that other programs leave.
const LONGEST = 10_000
// Whatever they do.
const LAST = 40_000

// The allocator gives memory back late, so that an attack begins with what the one before it has left.
const GROWTH = 48

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
  const control = startControl(t)
  const probe = control.then((control) => {
    const probe = new Worker(new URL('probe.mjs', import.meta.url), { workerData: { endpoint: server.endpoint, control } })
    probe.setMaxListeners(0)
    return probe
  })
  t.after(async () => (await probe).terminate())
  const tell = async (message) => {
    const id = randomUUID()
    const thread = await probe
    thread.postMessage({ ...message, id })
    for await (const [answer] of on(thread, 'message'))
      if (answer.id === id) return { ...spread(answer.times), control: spread(answer.control) }
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
  // Attacks once. Returns what was wrong, and what was not in time.
  const attempt = async (t, { send, expect, rss, fresh = false, prepare, longest = LONGEST }) => {
    const prepared = await prepare?.(server)
    const alone = await calm()
    const memory = await watchMemory(server.pid)
    const others = await watchOthers(server)
    ;(await probe).postMessage({ every: 50, fresh })
    const began = performance.now()
    const [outcome] = await Promise.all([within(longest, others, (signal) => send(server, signal, prepared)), sleep(250)])
    const took = performance.now() - began
    const beside = await tell({ stop: true })
    const { before, peak } = await memory()
    const slower = Math.max(1, Math.min(alone.median, 3 * quiet) / ALONE) / Math.max(0.2, 1 - (await others()))
    const waited = (part) => Math.min(10, Math.max(1, beside.control[part] / CONTROL[part]))
    const bound = { median: WITHIN, most: WITHIN * MOST, max: WITHIN * WORST }
    for (const part in bound) bound[part] *= slower * waited(part)
    t.diagnostic(
      `${took.toFixed(0)} ms; ${before.toFixed(0)} MB, then ${peak.toFixed(0)} of ${rss}; cheap query alone ${show(alone)}, beside ${show(beside)} of ${show(bound)}, the control ${show(beside.control)}`,
    )
    if (outcome instanceof TooLong) return { late: [outcome.message], wrong: [] }
    if (outcome instanceof Error) throw outcome
    await expect(outcome, server)
    const wrong = [
      peak > Math.max(rss, before + GROWTH) &&
        `the process grew from ${before.toFixed(0)} to ${peak.toFixed(0)} MB, and ${rss} are allowed`,
      beside.max === Infinity && 'a cheap query beside it was not answered',
      (await get(`${server.url}/healthz`)).status !== 200 && 'the server is not alive',
    ]
    const late = Object.keys(bound).some((part) => beside[part] > bound[part])
    return {
      wrong: wrong.filter(Boolean),
      late: late ? [`a cheap query beside it took ${show(beside)} (half, nine in ten, all), and ${show(bound)} are allowed`] : [],
    }
  }
  return (attack) =>
    t.test(attack.name, { timeout: TRIES * 90_000 }, async (t) => {
      for (let tried = 1; ; tried++) {
        const { wrong, late } = await attempt(t, attack)
        assert.deepEqual(wrong, [])
        if (!late.length) return
        if (tried === TRIES) assert.deepEqual(late, [], `in ${TRIES} tries`)
        t.diagnostic(`again, because ${late}`)
      }
    })
}

// Starts the control, and returns its URL.
async function startControl(t) {
  const child = fork(new URL('control.mjs', import.meta.url))
  t.after(() => child.kill())
  return new Promise((resolve, reject) => {
    child.once('message', (port) => resolve(`http://127.0.0.1:${port}/`)).once('error', reject)
  })
}

class TooLong extends Error {}

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
    : new TooLong(`the attack was neither answered nor refused within ${(passed() / 1000).toFixed(0)} s`)
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

const show = ({ median, most, max }) => `${[median, most, max].map((time) => time.toFixed(1)).join('/')} ms`
