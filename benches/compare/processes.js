// Programs, and what Linux says about their processes.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

// Starts a program that says "listening on URL", and returns that URL, its pid, and a function that stops it.
export async function start(command, args, env) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-4000)))
  const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const late = setTimeout(stop, 60_000)
  for await (const line of createInterface({ input: child.stdout })) {
    const url = line.match(/listening on (http:\S+)/)?.[1]
    if (!url) continue
    clearTimeout(late)
    child.stdout.resume()
    return { url, pid: child.pid, stop, log: () => log }
  }
  clearTimeout(late)
  throw new Error(`${command} did not start:\n${log}`)
}

// Runs a program and returns what it prints.
export function output(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [text, log] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (part) => (text += part))
    child.stderr.setEncoding('utf8').on('data', (part) => (log += part))
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`${command}: ${log || text}`))))
  })
}

const ticks = Number((await output('getconf', ['CLK_TCK'])).trim())

// A process and its children. Those that end meanwhile are left out.
function family(pid) {
  const children = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
    } catch {
      return []
    }
  }
  return [pid, ...children(pid).flatMap(family)]
}

// Microseconds of CPU that a process and its children have used, also children that have ended.
export function cpu(pid) {
  let sum = 0
  for (const member of family(pid)) {
    try {
      // After the name, which may contain spaces: utime, stime, cutime and cstime are fields 14 to 17.
      const fields = readFileSync(`/proc/${member}/stat`, 'utf8').split(') ').at(-1).split(' ')
      for (const field of fields.slice(11, 15)) sum += Number(field)
    } catch {
      // It has ended, and its parent has its time.
    }
  }
  return (sum / ticks) * 1e6
}

// Bytes of memory that a process and its children have, with what they share counted once: Linux's PSS. A file that is
// mapped by several connections, as SQLite's is, counts once too.
export function memory(pid) {
  let sum = 0
  for (const member of family(pid)) {
    try {
      sum += Number(readFileSync(`/proc/${member}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+) kB/m)?.[1] ?? 0) * 1024
    } catch {
      // It has ended.
    }
  }
  return sum
}
