// examples/embedded.rs, the schema in a plain axum program. The SQL statements are counted in its log.

import test from 'node:test'
import assert from 'node:assert/strict'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { ask, untilEvent } from './blog.js'
import { serveExample } from './doorway.js'

const PAGE = '{ users { username blogPosts { tags { name } author { username } } } }'
const limit = { timeout: 120_000 }

async function start(t) {
  const { url, endpoint, log } = await serveExample(t)
  const client = createClient({ url: `${url.replace('http', 'ws')}/ws`, webSocketImpl: WebSocket, retryAttempts: 0 })
  t.after(() => client.dispose())
  // Returns the result of `work` and the statements that it ran. The log arrives through a pipe of its own. Once it
  // contains the statement of a later query, it contains all of the work's statements.
  const statements = async (work) => {
    const before = log().length
    const result = await work()
    await ask(endpoint, '{ profiles(limit: 1) { id } }')
    const lines = () => log().slice(before).split('\n').filter((line) => line.includes('doorway::sql: '))
    const end = () => lines().findIndex((line) => /FROM .profiles. ORDER BY/.test(line))
    while (end() < 0) await new Promise(setImmediate)
    return [result, lines().slice(0, end()).map((line) => line.split('doorway::sql: ')[1])]
  }
  return { url, endpoint, client, statements }
}

// The statements after the last commit.
const afterCommit = (statements) => statements.slice(statements.lastIndexOf('COMMIT') + 1)

test('a query costs one statement for each relationship', limit, async (t) => {
  const { endpoint, statements } = await start(t)
  const [{ users }, ran] = await statements(() => ask(endpoint, PAGE))
  assert.equal(users.length, 4)
  assert.ok(users.every(({ username, blogPosts }) => blogPosts.every((post) => post.author.username === username)))
  assert.equal(ran.length, 4, ran.join('\n'))
})

test('each operation of a batch costs what it costs alone', limit, async (t) => {
  const { endpoint, statements } = await start(t)
  const alone = await ask(endpoint, PAGE)
  const body = JSON.stringify([{ query: PAGE }, { query: PAGE }])
  const post = () => fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const [response, ran] = await statements(post)
  assert.deepEqual(await response.json(), [{ data: alone }, { data: alone }])
  assert.equal(ran.length, 8, ran.join('\n'))
})

test('a mutation is read back by one statement for each relationship', limit, async (t) => {
  const { endpoint, statements } = await start(t)
  const mutation = 'mutation { upsertTag(input: { name: "sql" }) { tag { posts { title author { username } } } } }'
  const [{ upsertTag }, ran] = await statements(() => ask(endpoint, mutation))
  assert.ok(upsertTag.tag.posts.length > 1)
  assert.ok(ran.includes('COMMIT'), ran.join('\n'))
  assert.equal(afterCommit(ran).length, 3, ran.join('\n'))
})

test('an event costs one statement for each relationship', limit, async (t) => {
  const { endpoint, client, statements } = await start(t)
  const { tag } = await ask(endpoint, '{ tag(name: "sql") { id } }')
  const query = 'subscription { tagChanged { kind tag { name posts { author { username } } } } }'
  const events = client.iterate({ query })
  const rename = 'mutation ($id: ID!, $name: String!) { updateTag(input: { id: $id, name: $name }) { userErrors { code } } }'
  // The tag is renamed until the subscription has begun. Events come in commit order, so behind that of a new tag there is
  // none of these left.
  const first = events.next()
  let begun = false
  first.finally(() => (begun = true))
  let renamed = 0
  while (!begun) await ask(endpoint, rename, { ...tag, name: `sql ${++renamed}` })
  await first
  await ask(endpoint, 'mutation { createTag(input: { name: "begun" }) { userErrors { code } } }')
  while ((await events.next()).value.data.tagChanged.kind !== 'CREATED');
  const [{ value }, ran] = await statements(async () => {
    await ask(endpoint, rename, { ...tag, name: 'SQL' })
    return events.next()
  })
  assert.equal(value.data.tagChanged.kind, 'UPDATED')
  assert.equal(value.data.tagChanged.tag.name, 'SQL')
  assert.ok(value.data.tagChanged.tag.posts.length > 1)
  assert.equal(afterCommit(ran).length, 3, ran.join('\n'))
  await events.return()
})

test('a query and a mutation run over the socket too', limit, async (t) => {
  const { endpoint, client } = await start(t)
  const run = async (query) => (await client.iterate({ query }).next()).value
  assert.deepEqual(await run('{ tag(name: "sql") { name } }'), { data: { tag: { name: 'sql' } } })
  const written = await run('mutation { createTag(input: { name: "socket" }) { tag { name } } }')
  assert.deepEqual(written, { data: { createTag: { tag: { name: 'socket' } } } })
  const events = client.iterate({ query: 'subscription { tagChanged { kind } }' })
  const { value } = await untilEvent(endpoint, events.next())
  assert.equal(value.data.tagChanged.kind, 'CREATED')
  await events.return()
})

test('errors have codes, the SQL is not shown, and bodies have a limit', limit, async (t) => {
  const { endpoint } = await start(t)
  const post = async (body) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return [response.status, await response.text()]
  }
  const [, refused] = await post({ query: '{ nothing }' })
  assert.equal(JSON.parse(refused).errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED')
  const [, told] = await post({ query: '{ tags(limit: 0) { id } }', extensions: { doorway: { explain: true } } })
  assert.deepEqual(JSON.parse(told), { data: { tags: [] } })
  const [status] = await post({ query: `{ tags { id } } # ${'x'.repeat(1 << 20)}` })
  assert.equal(status, 413)
})
