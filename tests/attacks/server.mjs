// Starts the binary with a seeded database of its own, on a free port, and stops it when the test ends.
//
// DOORWAY_BIN is the path of the binary. The database is a SQLite file. With DOORWAY_TEST_DATABASE=postgres it is on
// PostgreSQL, on the server whose URL is DOORWAY_TEST_POSTGRES. Rows are made once in each process, and copied.

import { after } from 'node:test'
import { spawn } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { post } from './http.mjs'

// Their packages are installed, so that there is no second list of them.
const clients = createRequire(new URL('../clients/package.json', import.meta.url))
export const WebSocket = clients('ws')
export const pg = clients('pg')

const binary = process.env.DOORWAY_BIN ?? fileURLToPath(new URL('../../target/fast/doorway', import.meta.url))
export const onPostgres = process.env.DOORWAY_TEST_DATABASE === 'postgres'
export const USERS = 1000
export const POSTS = 20_000

// Serves a copy of the seeded database until `t` ends. `args` are further flags. `files` is the number of files that the
// process may open, and `env` has further variables. Besides the URLs and the process id, the result has `ended`, a promise of its exit code.
export async function serve(t, { args = [], files, env } = {}) {
  const { database, drop } = await copy(await seeded())
  const server = await start(database, args, files, env)
  t.after(async () => {
    await server.stop()
    await drop()
  })
  return server
}

// Runs a command of the binary on a copy of the seeded database, without a terminal, and returns its exit code and output.
export async function command(t, ...args) {
  const { database, drop } = await copy(await seeded())
  t.after(drop)
  return run([...args, '--database-url', database])
}

async function start(database, args = [], files, env = {}) {
  const flags = ['serve', '--database-url', database, '--listen', '127.0.0.1:0', '--log', 'warn', ...args]
  const program = files ? ['sh', '-c', `ulimit -n ${files}; exec "$0" "$@"`, binary, ...flags] : [binary, ...flags]
  const child = spawn(program[0], program.slice(1), { env: { ...settings(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-100_000)))
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)))
  const stop = async () => {
    child.kill('SIGTERM')
    // A server that an attack has got stuck must not keep the others waiting.
    const kill = setTimeout(() => child.kill('SIGKILL'), 2000)
    await ended
    clearTimeout(kill)
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const url = line.match(/listening on (http:\S+)/)?.[1]
    if (!url) continue
    child.stdout.resume()
    return { url, endpoint: `${url}/graphql`, pid: child.pid, database, log: () => log, child, ended, stop }
  }
  throw new Error(`doorway did not start:\n${log}`)
}

function settings() {
  const kept = Object.entries(process.env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('DOORWAY_'))
  return Object.fromEntries(kept)
}

async function run(flags) {
  const child = spawn(binary, flags, { env: settings(), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const code = await new Promise((resolve) => child.once('close', resolve))
  return { code, output }
}

// Executes SQL on PostgreSQL, in the database of a URL.
export async function execute(sql, url = process.env.DOORWAY_TEST_POSTGRES) {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function create(from) {
  if (!onPostgres) {
    const folder = await mkdtemp(join(tmpdir(), 'doorway-'))
    const file = join(folder, 'attacked.db')
    if (from) await copyFile(from.replace('sqlite:', ''), file)
    return { database: `sqlite:${file}`, drop: () => rm(folder, { recursive: true, force: true }) }
  }
  const name = `doorway_${randomUUID().replaceAll('-', '')}`
  await execute(`CREATE DATABASE ${name} ${from ? `TEMPLATE ${from.match(/[^/]*$/)[0]}` : ''}`)
  const database = process.env.DOORWAY_TEST_POSTGRES.replace(/[^/]*$/, name)
  return { database, drop: () => execute(`DROP DATABASE ${name} WITH (FORCE)`) }
}

const copy = create

let template
after(async () => (await template)?.drop())

async function seeded() {
  template ??= seed()
  return (await template).database
}

async function seed() {
  const made = await create()
  const size = ['--users', USERS, '--posts', POSTS, '--tags', 200, '--seed', 1]
  const { code, output } = await run(['seed', ...size.map(String), '--log', 'warn', '--database-url', made.database])
  if (code !== 0) throw new Error(output)
  const server = await start(made.database)
  await writeLarge(server.endpoint)
  await server.stop()
  return made
}

// What `seed` does not write: a user `large` with 1,000 posts, whose cursors by `content` take 11 KB, and a user
// `huge` with one post, whose content takes 900 KB.
async function writeLarge(endpoint) {
  const content = (nth) => `${nth}`.padStart(4, '0') + 'x'.repeat(8196)
  const posts = (from) => Array.from({ length: 100 }, (_, nth) => ({ title: 'large', content: content(from + nth) }))
  const users = [
    { username: 'large', blogPosts: posts(0) },
    { username: 'huge', blogPosts: [{ title: 'huge', content: 'y'.repeat(900_000) }] },
  ]
  const ids = {}
  for (const input of users) {
    const query = 'mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } userErrors { message } } }'
    const { json } = await post(endpoint, { query, variables: { input } })
    ids[input.username] = json.data.createUser.user.id
  }
  for (let from = 100; from < 1000; from += 100) {
    const inputs = posts(from).map((input) => ({ ...input, authorId: ids.large }))
    const query = 'mutation($inputs: [CreateBlogPostInput!]!) { createBlogPosts(inputs: $inputs) { userErrors { message } } }'
    const { json } = await post(endpoint, { query, variables: { inputs } })
    if (json.errors || json.data.createBlogPosts.userErrors.length) throw new Error(JSON.stringify(json))
  }
}
