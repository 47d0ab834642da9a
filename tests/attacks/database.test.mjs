// A database that is slow, locked or gone.

import assert from 'node:assert/strict'
import test from 'node:test'
import { execFileSync } from 'node:child_process'
import { setMaxListeners } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attacks } from './attack.mjs'
import { post, send, sleep, times, until } from './http.mjs'
import { command, execute, onPostgres, pg, serve } from './server.mjs'

const limit = { timeout: 600_000 }

// Locks a table of PostgreSQL until the function that it returns is called, or `t` ends.
async function lock(t, server, table) {
  const client = new pg.Client(server.database)
  // The database may be dropped first.
  client.on('error', () => {})
  await client.connect()
  let held = true
  const release = async () => {
    if (held) await client.end()
    held = false
  }
  t.after(release)
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  return release
}

// What Doorway runs on PostgreSQL.
const backends = ({ database }) =>
  execute(
    `SELECT wait_event_type, state, query FROM pg_stat_activity
     WHERE datname = '${database.match(/[^/]*$/)[0]}' AND pid <> pg_backend_pid() AND query NOT LIKE '%LOCK TABLE%'`,
  )
const waiting = async (server) => (await backends(server)).filter((one) => one.wait_event_type === 'Lock').length

test('a database that is slow', limit, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)

  // On SQLite, statements that look at each post of each tag of each post; on PostgreSQL, statements that wait for a lock, and more of
  // them than there are connections.
  const slow = onPostgres
    ? { count: 40, query: '{ tags(where: { name: { contains: "x" } }) { name } }' }
    : {
        count: 16,
        query:
          '{ blogPostsConnection(where: { tags: { some: { posts: { some: { title: { containsI: "x" } } } } } }) { totalCount } }',
      }
  await attack({
    name: `${slow.count} slow queries`,
    prepare: async () => (onPostgres ? lock(t, server, 'tags') : () => {}),
    send: async ({ url, endpoint }, signal, release) => {
      // On SQLite, where nothing can be released, they are given up.
      const patience = onPostgres ? signal : AbortSignal.timeout(3000)
      setMaxListeners(0, patience)
      const ask = () => post(endpoint, { query: slow.query }, { signal: patience }).catch(() => undefined)
      const running = times(slow.count, ask)
      if (onPostgres) assert.ok(await until(() => waiting(server), 5000), 'nothing waits for the lock')
      await sleep(1000)
      const ready = await send(`${url}/readyz`)
      await release()
      return { ready, answers: (await running).filter(Boolean) }
    },
    expect: ({ ready, answers }) => {
      assert.equal(ready.status, 200)
      // Each is answered as a whole, or put off.
      for (const { status, headers, json, text } of answers) {
        if (status === 200) assert.ok(json.data && !json.errors, text)
        else assert.deepEqual([status, headers['retry-after'], json.errors[0].extensions.code], [503, '1', 'SERVICE_UNAVAILABLE'])
      }
      assert.ok(answers.length || !onPostgres, 'none is answered')
    },
    rss: 200,
  })
})

test('slow queries whose clients leave', { ...limit, skip: onPostgres }, async (t) => {
  const server = await serve(t, { args: ['--time-limit', '600', '--max-cost', '1000000000'] })
  const attack = attacks(t, server)
  const endless =
    '{ blogPosts(where: { tags: { some: { posts: { some: { tags: { some: { posts: { some: { title: { containsI: "no such" } } } } } } } } } }) { id } }'
  await attack({
    name: '16 queries that would take ten minutes, each given up after a moment',
    send: async ({ endpoint }, signal) => {
      await times(16, () => post(endpoint, { query: endless }, { signal: AbortSignal.timeout(300) }).catch(() => undefined))
      // It needs one of the readers that they had.
      return post(endpoint, { query: '{ tags(where: { name: { contains: "no such" } }) { name } }' }, { signal })
    },
    expect: ({ status, json, text }) => assert.ok(status === 200 && json.data, text),
    rss: 200,
  })
})

// The running statement is given up after ten seconds, and the database does not work on for nobody.
test('SIGTERM while a query is slow', limit, async (t) => {
  const server = await serve(t)
  let answer
  if (onPostgres) {
    await lock(t, server, 'tags')
    answer = post(server.endpoint, { query: '{ tags { name } }' }).catch((error) => error)
    assert.ok(await until(() => waiting(server), 5000), 'nothing waits for the lock')
  } else {
    const scan = (nth) => `a${nth}: blogPosts(limit: 1, where: { content: { containsI: "no such ${nth}" } }) { id }`
    const query = `{ ${Array.from({ length: 240 }, (_, nth) => scan(nth)).join(' ')} }`
    answer = post(server.endpoint, { query }).catch((error) => error)
    await sleep(300)
  }
  assert.equal(await Promise.race([answer, 'it runs']), 'it runs')
  const began = performance.now()
  server.child.kill('SIGTERM')
  const code = await Promise.race([server.ended, sleep(13_000).then(() => 'it still runs')])
  const took = performance.now() - began
  t.diagnostic(`${took.toFixed(0)} ms`)
  assert.equal(code, 0)
  await answer
  if (onPostgres) {
    const left = await until(async () => (await backends(server)).length === 0, 1000)
    assert.ok(left, JSON.stringify(await backends(server)))
  }
})

// On a system whose C library can be told another time.
test('a clock that jumps to before 1970, and back', { ...limit, skip: process.platform !== 'linux' }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'doorway-clock-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const [library, isWrong] = [join(folder, 'clock.so'), join(folder, 'is-wrong')]
  const source = fileURLToPath(new URL('clock.c', import.meta.url))
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source])
  const server = await serve(t, { env: { LD_PRELOAD: library, WRONG_CLOCK: isWrong } })
  const create = (name) => post(server.endpoint, { query: `mutation { createTag(input: { name: "${name}" }) { tag { id } } }` })
  const before = (await create('before')).json.data.createTag.tag.id
  await writeFile(isWrong, '')
  for (const path of ['/readyz', '/healthz', '/graphql?query={__typename}']) {
    const { status, text } = await send(server.url + path)
    assert.equal(status, 503, path)
    assert.match(text, /^the system clock is wrong: 19\d\d-/, path)
  }
  assert.equal((await create('meanwhile')).status, 503)
  await rm(isWrong)
  assert.ok(await until(async () => (await send(`${server.url}/readyz`)).status === 200, 5000))
  const after = (await create('after')).json.data.createTag.tag.id
  assert.ok(after > before, `${after} is not after ${before}`)
  const { json } = await post(server.endpoint, { query: '{ tag(name: "meanwhile") { name } }' })
  assert.equal(json.data.tag, null)
  assert.equal(server.child.exitCode, null)
  assert.ok(!/panick/.test(server.log()), server.log())
})

test('the file of the database is deleted', { ...limit, skip: onPostgres }, async (t) => {
  const server = await serve(t)
  const create = (name) => post(server.endpoint, { query: `mutation { createTag(input: { name: "${name}" }) { tag { id } } }` })
  assert.ok((await create('before')).json.data)
  const file = server.database.replace('sqlite:', '')
  for (const end of ['', '-wal', '-shm']) await rm(file + end, { force: true })
  const { json } = await create('after')
  assert.equal(json.errors?.[0].extensions.code, 'SERVICE_UNAVAILABLE', JSON.stringify(json))
  assert.equal((await send(`${server.url}/readyz`)).status, 503)
  assert.equal((await send(`${server.url}/healthz`)).status, 200)
  // An empty one in its place would look as if all had been well.
  assert.ok(!existsSync(file))
})

test('migrate down on a database with rows wants to be asked', limit, async (t) => {
  const { code, output } = await command(t, 'migrate', 'down')
  assert.notEqual(code, 0)
  assert.match(output, /--yes/)
})
