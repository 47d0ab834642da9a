// urql: graphcache with the schema, pagination, optimistic updates, queries by GET and subscriptions.

import test from 'node:test'
import assert from 'node:assert/strict'
import { getIntrospectionQuery } from 'graphql'
import { filter, pipe, subscribe, take, toPromise } from 'wonka'
import { serve } from '../doorway.js'
import * as others from '../others.js'
import { unwinding } from '../unwind.js'
import { record } from '../wire.js'
import { changes, feed, postPage, remove, retitle } from './blog.js'
import { makeClient } from './client.js'

// Graphcache warns about types without a key, and about fields and types that are not in the schema. A warning fails the
// test.
async function start(t, options = {}) {
  const warn = t.mock.method(console, 'warn')
  const end = unwinding(t)
  const server = await serve(end)
  const schema = await others.ask(server.endpoint, getIntrospectionQuery())
  const { fetch, exchanges } = record()
  const { client, stop } = makeClient({ endpoint: server.endpoint, fetch, schema, ...options })
  end.after(async () => {
    await stop()
    assert.deepEqual(warn.mock.calls.map((call) => call.arguments), [])
  })
  return { ...server, client, exchanges }
}

// All results of a query from now on, in order, until the test ends.
function watch(t, client, query, variables) {
  const shown = []
  const { unsubscribe } = pipe(client.query(query, variables), subscribe((result) => shown.push(result)))
  t.after(unsubscribe)
  return shown
}

const settled = ({ stale, hasNext }) => !stale && !hasNext
// The first result that satisfies `condition`.
const first = (source, condition = settled) => pipe(source, filter(condition), take(1), toPromise)
const edges = (result) => result.data.blogPostsConnection.edges
const titles = (result) => edges(result).map(({ node }) => node.title)

test('pages are merged into one list, and short queries use GET', async (t) => {
  const { client, exchanges } = await start(t)
  const one = await first(client.query(feed, { first: 2 }))
  const { endCursor, hasNextPage } = one.data.blogPostsConnection.pageInfo
  assert.equal(hasNextPage, true)
  const both = await first(client.query(feed, { first: 2, after: endCursor }))
  assert.deepEqual(titles(both).slice(0, 2), titles(one))
  assert.equal(new Set(edges(both).map(({ node }) => node.id)).size, 4)
  assert.equal(edges(exchanges[1].answer).length, 2)

  const ids = edges(both).map(({ node }) => node.id)
  const where = { id: { in: Array.from({ length: 80 }, (_, i) => ids[i % 4]) } }
  const again = await first(client.query(feed, { first: 9, where }))
  assert.deepEqual(titles(again), titles(both))
  assert.deepEqual(exchanges.map(({ method, status }) => [method, status]), [['GET', 200], ['GET', 200], ['POST', 200]])
})

test('with the schema, a page shows cached fields at once, and a nullable field when it arrives', async (t) => {
  const { client, exchanges } = await start(t)
  const { node } = edges(await first(client.query(feed, { first: 1 })))[0]
  const shown = watch(t, client, postPage, { id: node.id })
  assert.equal(shown[0].stale, true)
  assert.deepEqual([shown[0].data.blogPost.title, shown[0].data.blogPost.publishedAt], [node.title, null])
  const whole = await first(client.query(postPage, { id: node.id }))
  assert.match(whole.data.blogPost.publishedAt, /^20\d\d-\d\d-\d\dT[\d:.]{15}Z$/)
  assert.equal(exchanges.length, 2)
})

test('an optimistic title is shown at once, then confirmed, or reverted if the server refuses it', async (t) => {
  const { client, exchanges } = await start(t)
  const { node } = edges(await first(client.query(feed, { first: 2 })))[0]
  const shown = watch(t, client, feed, { first: 2 })
  const change = async (title) => {
    const before = shown.length
    const { data } = await first(client.mutation(retitle, { input: { id: node.id, title } }))
    const seen = shown.slice(before).map((result) => [titles(result)[0], edges(result)[0].node.version])
    return { seen, codes: data.updateBlogPost.userErrors.map(({ code }) => code) }
  }
  assert.deepEqual(await change('Hoped for'), { seen: [['Hoped for', 1], ['Hoped for', 2]], codes: [] })
  assert.deepEqual(await change('x'.repeat(501)), { seen: [['x'.repeat(501), 2], ['Hoped for', 2]], codes: ['TOO_LONG'] })
  assert.deepEqual(exchanges.map(({ method }) => method), ['GET', 'POST', 'POST'])
})

test('a deleted post disappears from the list', async (t) => {
  const { client } = await start(t)
  const list = await first(client.query(feed, { first: 2 }))
  const shown = watch(t, client, feed, { first: 2 })
  const input = { id: edges(list)[0].node.id }
  const { data } = await first(client.mutation(remove, { input }))
  assert.deepEqual(data.deleteBlogPost, { deletedId: input.id, userErrors: [] })
  const after = await first(client.query(feed, { first: 2 }))
  assert.equal(titles(after)[0], titles(list)[1])
  assert.ok(!titles(shown.at(-1)).includes(titles(list)[0]))
})

for (const bySocket of [true, false]) {
  test(`a subscription ${bySocket ? 'over the WebSocket' : 'over server-sent events'} updates the cache`, async (t) => {
    const { client, endpoint, exchanges } = await start(t, { bySocket })
    const { node } = edges(await first(client.query(feed, { first: 2 })))[0]
    const shown = watch(t, client, feed, { first: 2 })
    const events = client.subscription(changes, { authorId: node.author.id })
    // The test does not unsubscribe from the event stream: @urql/core 6.0.3 would leave a rejection unhandled.
    const event = bySocket ? first(events, () => true) : new Promise((resolve) => pipe(events, subscribe(resolve)))
    const { error, data } = await others.retitleUntil(event, endpoint, node.id, 'Told')
    assert.equal(error, undefined)
    assert.deepEqual([data.blogPostChanged.kind, data.blogPostChanged.blogPost.id], ['UPDATED', node.id])
    const { title } = data.blogPostChanged.blogPost
    assert.match(title, /^Told /)
    assert.ok(shown.some((result) => titles(result)[0] === title))
    assert.equal(exchanges.length, bySocket ? 1 : 2)
  })
}
