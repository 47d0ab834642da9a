// Starts the binary for one test, with a database of its own, on a free port, and stops it when the test ends.
//
// DOORWAY_BIN is the path of the binary. The database is a SQLite file. With DOORWAY_TEST_DATABASE=postgres it is on
// PostgreSQL, on the server whose URL is DOORWAY_TEST_POSTGRES.

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { randomUUID } from 'node:crypto'
import pg from 'pg'

const target = (path) => fileURLToPath(new URL(`../../target/debug/${path}`, import.meta.url))
const built = process.env.DOORWAY_BIN ?? target('doorway')

// Serves the demo blog until `t` ends: a test's context, or `{ after }` with the `after` of node:test. `args` are further
// flags, and `binary` is the path of another binary. Returns the URLs of the server and the endpoint, a function that
// returns the log, and one that restarts the server with the same database at the same address.
export function serve(t, args = [], binary = built) {
  return run(t, (database, listen) => {
    const flags = ['serve', '--demo', '--database-url', database, '--listen', listen, ...args]
    return { binary, flags }
  })
}

// The same for examples/embedded.rs, with every SQL statement in the log.
export function serveExample(t) {
  return run(t, (database, listen) => {
    const settings = { DATABASE_URL: database, LISTEN: listen, RUST_LOG: 'doorway::sql=debug', NO_COLOR: '1' }
    return { binary: target('examples/embedded'), flags: [], settings }
  })
}

// Runs a program until `t` ends. `command` returns its binary, flags and settings for a database and an address.
async function run(t, command) {
  const { database, drop } = await makeDatabase()
  const log = []
  let stop = async () => {}
  t.after(async () => {
    await stop()
    await drop()
  })
  const start = async (listen) => {
    const { DATABASE_URL, DOORWAY_LISTEN, DOORWAY_LOG, ...env } = process.env
    const { binary, flags, settings } = command(database, listen)
    const child = spawn(binary, flags, { env: { ...env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr.setEncoding('utf8').on('data', (text) => log.push(text))
    const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve))
    child.once('error', (error) => log.push(error.message))
    stop = async () => {
      child.kill('SIGTERM')
      await ended
    }
    for await (const line of createInterface({ input: child.stdout })) {
      const url = line.match(/listening on (http:\S+)/)?.[1]
      if (url) return url
    }
    throw new Error(`doorway did not start:\n${log.join('')}`)
  }
  const url = await start('127.0.0.1:0')
  const restart = async () => {
    await stop()
    await start(new URL(url).host)
  }
  return { url, endpoint: `${url}/graphql`, log: () => log.join(''), restart }
}

async function makeDatabase() {
  if (process.env.DOORWAY_TEST_DATABASE !== 'postgres') {
    const folder = await mkdtemp(join(tmpdir(), 'doorway-'))
    return { database: `sqlite:${join(folder, 'test.db')}`, drop: () => rm(folder, { recursive: true }) }
  }
  const server = process.env.DOORWAY_TEST_POSTGRES
  const name = `doorway_${randomUUID().replaceAll('-', '')}`
  const execute = async (sql) => {
    const client = new pg.Client(server)
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  await execute(`CREATE DATABASE ${name}`)
  return { database: server.replace(/[^/]*$/, name), drop: () => execute(`DROP DATABASE ${name} WITH (FORCE)`) }
}
