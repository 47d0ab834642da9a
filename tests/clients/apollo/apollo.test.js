// Apollo Client: normalised cache, pagination, errors, subscriptions and persisted queries.

import test from 'node:test'
import assert from 'node:assert/strict'
import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { firstValueFrom } from 'rxjs'
import { serve } from '../doorway.js'
import * as others from '../others.js'
import { unwinding } from '../unwind.js'
import { record } from '../wire.js'
import { author, changes, feed, personAndLink, retitle } from './blog.js'
import { makeClient } from './client.js'

// An id that no row has.
const unknownId = '01900000-0000-7000-8000-000000000000'

async function start(t, options = {}) {
  const end = unwinding(t)
  const server = await serve(end)
  const { fetch, exchanges } = record()
  const { client, stop } = makeClient({ endpoint: server.endpoint, fetch, ...options })
  end.after(stop)
  return { ...server, client, exchanges }
}

const titles = ({ edges }) => edges.map(({ node }) => node.title)

// Resolves with the first result of a watched query that satisfies `condition`.
const seen = (watched, condition) =>
  new Promise((resolve, reject) => {
    const subscription = watched.subscribe((result) => {
      if (result.error) reject(result.error)
      if (result.dataState !== 'complete' || !condition(result.data)) return
      resolve(result.data)
      queueMicrotask(() => subscription.unsubscribe())
    })
  })

test('fetchMore appends page 2 to page 1, and another filter is another list', async (t) => {
  const { client, exchanges } = await start(t)
  const where = { publishedAt: { isNull: false } }
  const watched = client.watchQuery({ query: feed, variables: { first: 2, where } })
  const one = (await seen(watched, () => true)).blogPostsConnection
  assert.equal(one.edges.length, 2)
  assert.equal(one.pageInfo.hasNextPage, true)

  await watched.fetchMore({ variables: { after: one.pageInfo.endCursor } })
  const both = watched.getCurrentResult().data.blogPostsConnection
  assert.equal(both.edges.length, 4)
  assert.deepEqual(titles(both).slice(0, 2), titles(one))
  assert.equal(new Set(both.edges.map(({ node }) => node.id)).size, 4)
  const pages = exchanges.map(({ body, answer }) => [body.variables.after, answer.data.blogPostsConnection.edges.length])
  assert.deepEqual(pages, [[undefined, 2], [one.pageInfo.endCursor, 2]])

  const sql = { tags: { some: { name: { eq: 'sql' } } } }
  const oldest = await client.query({ query: feed, variables: { first: 2, where: sql, orderBy: [{ createdAt: 'ASC' }] } })
  assert.deepEqual(titles(oldest.data.blogPostsConnection), [
    'The N+1 problem, seen from the log',
    'One-to-one is a unique key',
  ])
  assert.deepEqual(watched.getCurrentResult().data.blogPostsConnection, both)
})

test("a user's connection grows through node, until there is no next page", async (t) => {
  const { client, exchanges } = await start(t)
  const { data } = await client.query({ query: personAndLink, variables: { username: 'ada-moreno', link: unknownId } })
  assert.equal(data.node, null)

  const watched = client.watchQuery({ query: author, variables: { id: data.user.id, first: 2 } })
  const one = (await seen(watched, () => true)).node
  assert.deepEqual(titles(one.blogPostsConnection), ['UUIDs that sort', 'One-to-one is a unique key'])
  await watched.fetchMore({ variables: { after: one.blogPostsConnection.pageInfo.endCursor } })
  const all = watched.getCurrentResult().data.node.blogPostsConnection
  assert.deepEqual(titles(all), ['UUIDs that sort', 'One-to-one is a unique key', 'Hello, Doorway'])
  assert.equal(all.pageInfo.hasNextPage, false)
  assert.equal(exchanges.length, 3)
})

test("a mutation's payload updates every query that shows the row, and fetches nothing", async (t) => {
  const { client, exchanges } = await start(t)
  const watched = client.watchQuery({ query: feed, variables: { first: 3 } })
  const post = (await seen(watched, () => true)).blogPostsConnection.edges[1].node

  const shown = seen(watched, ({ blogPostsConnection }) => titles(blogPostsConnection).includes('Another title'))
  const input = { id: post.id, expectedVersion: post.version, title: 'Another title' }
  const { data } = await client.mutate({ mutation: retitle, variables: { input } })
  assert.deepEqual(data.updateBlogPost.userErrors, [])
  const after = (await shown).blogPostsConnection.edges[1].node
  assert.deepEqual(after, { ...post, title: 'Another title', version: post.version + 1 })
  assert.deepEqual(exchanges.map(({ body }) => body.operationName), ['Feed', 'Retitle'])
})

test('userErrors are data, and a conflict updates the cache with the current row', async (t) => {
  const { client, endpoint, exchanges } = await start(t)
  const watched = client.watchQuery({ query: feed, variables: { first: 1 } })
  const post = (await seen(watched, () => true)).blogPostsConnection.edges[0].node
  const change = async (input) => {
    const { data } = await client.mutate({ mutation: retitle, variables: { input: { id: post.id, ...input } } })
    return data.updateBlogPost
  }

  const empty = await change({ title: '' })
  assert.equal(empty.blogPost, null)
  assert.deepEqual(empty.userErrors.map(({ code, field }) => [code, field]), [['REQUIRED', ['input', 'title']]])

  await others.retitle(endpoint, post.id, 'Somebody else was here')
  const shown = seen(watched, ({ blogPostsConnection }) => titles(blogPostsConnection)[0] === 'Somebody else was here')
  const late = await change({ title: 'Too late', expectedVersion: post.version })
  assert.deepEqual(late.userErrors.map(({ code }) => code), ['CONFLICT'])
  await shown
  assert.deepEqual(exchanges.map(({ body }) => body.operationName), ['Feed', 'Retitle', 'Retitle'])
})

test('with errorPolicy all, an error in one field keeps the data of the others', async (t) => {
  const { client, exchanges } = await start(t)
  const variables = { username: 'ada-moreno', link: 'not an id' }
  const { data, error } = await client.query({ query: personAndLink, variables, errorPolicy: 'all' })
  assert.equal(data.user.username, 'ada-moreno')
  assert.equal(data.node, null)
  assert.ok(CombinedGraphQLErrors.is(error))
  assert.deepEqual(error.errors[0].path, ['node'])
  assert.equal(error.errors[0].extensions.code, 'BAD_USER_INPUT')
  assert.equal(exchanges[0].status, 200)

  // By default, the same response is an error.
  await assert.rejects(client.query({ query: personAndLink, variables, fetchPolicy: 'network-only' }), /argument `id`/)
})

test('a subscription over the WebSocket updates the cache, and other operations use HTTP', async (t) => {
  const { client, endpoint, exchanges } = await start(t)
  const watched = client.watchQuery({ query: feed, variables: { first: 3 } })
  const post = (await seen(watched, () => true)).blogPostsConnection.edges[0].node

  const shown = seen(watched, ({ blogPostsConnection }) => titles(blogPostsConnection)[0].startsWith('Told'))
  const event = firstValueFrom(client.subscribe({ query: changes, variables: { authorId: post.author.id } }))
  const { kind, blogPost } = (await others.retitleUntil(event, endpoint, post.id, 'Told')).data.blogPostChanged
  assert.deepEqual([kind, blogPost.id, blogPost.author], ['UPDATED', post.id, post.author])
  await shown
  assert.deepEqual(exchanges.map(({ body }) => body.operationName), ['Feed'])
})

test('a query is sent by hash, then with its text because the hash is unknown, then by hash alone', async (t) => {
  const { client, exchanges } = await start(t, { persisted: true })
  const one = await client.query({ query: feed, variables: { first: 1 } })
  const two = await client.query({ query: feed, variables: { first: 2 }, fetchPolicy: 'no-cache' })
  assert.equal(one.data.blogPostsConnection.edges.length, 1)
  assert.equal(two.data.blogPostsConnection.edges.length, 2)

  const [unknown, withText, byHash] = exchanges
  assert.equal(exchanges.length, 3)
  // With the media type that Apollo Client prefers, a request that was not executed has status 400.
  assert.deepEqual([unknown.method, unknown.body.query, unknown.status], ['GET', undefined, 400])
  assert.equal(unknown.answer.errors[0].message, 'PersistedQueryNotFound')
  assert.equal(unknown.answer.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND')
  assert.equal(withText.method, 'POST')
  assert.match(withText.body.query, /^query Feed/)
  assert.deepEqual([byHash.method, byHash.body.query, byHash.status], ['GET', undefined, 200])
  const hashes = exchanges.map(({ body }) => body.extensions.persistedQuery)
  assert.match(hashes[0].sha256Hash, /^[0-9a-f]{64}$/)
  assert.deepEqual(hashes, [hashes[0], hashes[0], hashes[0]])

  // Mutations have hashes too, but never use GET.
  const { node } = one.data.blogPostsConnection.edges[0]
  const { data } = await client.mutate({ mutation: retitle, variables: { input: { id: node.id, title: 'By hash' } } })
  assert.equal(data.updateBlogPost.blogPost.title, 'By hash')
  assert.deepEqual(exchanges.slice(3).map(({ method, body }) => [method, 'query' in body]), [['POST', false], ['POST', true]])
})
