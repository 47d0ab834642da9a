// Documents that are small to send and large to answer.

import assert from 'node:assert/strict'
import test from 'node:test'
import { answered, each, refused, refusedForCost, tooLarge } from './answers.mjs'
import { attacks } from './attack.mjs'
import { abortAfter, aliases, ask, post, repeat, sleep } from './http.mjs'
import { serve } from './server.mjs'

// The same request three times at once: one for each core, and one more.
const thrice = (query) => (server, signal) => Promise.all([1, 2, 3].map(() => post(server.endpoint, { query }, { signal })))

// 2^31 spreads, and then a fragment that there is not.
const doubling = `{ ...F0 } ${repeat(31, (nth) => `fragment F${nth} on Query { ...F${nth + 1} ...F${nth + 1} }`)}`

// Posts of tags of posts, and so on, with a scan in the innermost.
const chain = (depth) => {
  let where = 'title: { containsI: "x" }'
  for (let level = 0; level < depth; level++) where = `${level % 2 ? 'tags' : 'posts'}: { some: { ${where} } }`
  return `{ ${depth % 2 ? 'tags' : 'blogPosts'}(where: { ${where} }) { id } }`
}

const nested = (depth) => (depth ? `interfaces { name possibleTypes { name ${nested(depth - 1)} } }` : '')

const everyTotal = (field) => `${field}(first: 1) { totalCount }`
// An operation takes up to seven times the limit of a response, which is 64 MiB.
const RESPONSE = 7 * 64

const lists = ['usersConnection', 'profilesConnection', 'blogPostsConnection', 'tagsConnection']

test('documents that are small to send and large to answer', { timeout: 600_000 }, async (t) => {
  const server = await serve(t)
  const attack = attacks(t, server)

  await attack({
    name: '31 fragments that each spread the next one twice, the last of which does not exist',
    send: thrice(doubling),
    expect: each(refused('GRAPHQL_VALIDATION_FAILED', /no fragment `F31`/)),
    rss: 120,
  })

  await attack({
    name: 'ten levels of interfaces and possible types in introspection',
    send: thrice(`{ __schema { types { ${nested(10)} } } }`),
    expect: each(refused('BAD_USER_INPUT', /introspection|nested lists|__schema/)),
    rss: 120,
  })

  // The dearest that may run takes the time of an operation, again and again. A search that takes some milliseconds is answered beside
  // them.
  await attack({
    name: 'a filter through 2 lists, with a scan in the innermost, from eight clients at a time',
    send: async ({ endpoint }, signal) => {
      const left = abortAfter(4000, signal)
      const where = '{ tags: { some: { posts: { some: { content: { containsI: "no such" } } } } } }'
      const dear = { query: `{ blogPosts(limit: 1, where: ${where}) { id } }` }
      const loop = async () => {
        while (!left.aborted) await post(endpoint, dear, { signal: left }).catch(() => undefined)
      }
      const attackers = Array.from({ length: 8 }, loop)
      await sleep(1000)
      const search = { query: '{ blogPosts(limit: 1, where: { title: { contains: "no such" } }) { id } }' }
      const answers = []
      const took = []
      for (let nth = 0; nth < 3; nth++) {
        const began = performance.now()
        answers.push(await post(endpoint, search, { signal }))
        took.push(Math.round(performance.now() - began))
      }
      const inTime = !left.aborted
      await Promise.all(attackers)
      return { answers, inTime, took }
    },
    expect: ({ answers, inTime, took }) => {
      for (const { status, json, text } of answers) assert.ok(status === 200 && json.data, text)
      assert.ok(inTime, `three searches took ${took} ms, as long as the attack`)
    },
    rss: 240,
  })

  for (const depth of [1, 3, 4, 5]) {
    await attack({
      name: `a filter through ${depth} list(s), with a scan in the innermost`,
      send: thrice(chain(depth)),
      expect: each(depth > 2 ? refusedForCost : answered(1)),
      rss: 240,
    })
  }

  await attack({
    name: '900 aliases of a column in the 20,000 posts of 1,000 users',
    send: ask(`{ users(limit: 1000) { blogPosts(limit: 1000) { ${aliases(900, 'version')} } } }`),
    expect: refusedForCost,
    rss: 240,
  })

  await attack({
    name: '900 aliases of a column in the 1,000 posts of each of ten pages',
    send: ask(
      `{ ${repeat(10, (nth) => `p${nth}: blogPosts(limit: 1000, offset: ${nth * 1000}) { ...F }`)} }
       fragment F on BlogPost { ${aliases(90, 'version')} }`,
    ),
    expect: answered(),
    rss: RESPONSE,
  })

  await attack({
    name: '900 aliases of a column in 9,000 posts',
    send: ask(`{ users(limit: 450) { blogPosts { ${aliases(900, 'version')} } } }`),
    expect: refusedForCost,
    rss: RESPONSE,
  })

  await attack({
    name: 'an alias of 50,000 characters in 9,000 posts',
    send: ask(`{ users(limit: 450) { blogPosts { ${'a'.repeat(50_000)}: version } } }`),
    expect: tooLarge,
    rss: RESPONSE,
  })

  await attack({
    name: '1,900 aliases of a content of 900 KB',
    send: ask(`{ user(username: "huge") { blogPosts { ${aliases(1900, 'content')} } } }`),
    expect: refused('BAD_USER_INPUT', /more than 1000 aliases/),
    rss: 240,
  })

  await attack({
    name: '990 aliases of a content of 900 KB',
    send: ask(`{ user(username: "huge") { blogPosts { ${aliases(990, 'content')} } } }`),
    expect: tooLarge,
    rss: RESPONSE,
  })

  await attack({
    name: '100 aliases of a cursor of 11 KB on 1,000 edges',
    send: ask(
      `{ user(username: "large") { blogPostsConnection(first: 1000, orderBy: [{ content: ASC }]) {
           edges { ${aliases(100, 'cursor')} } } } }`,
    ),
    expect: tooLarge,
    rss: RESPONSE,
  })

  const scans = (count) =>
    `{ ${repeat(count, (nth) => `a${nth}: blogPosts(limit: 1, where: { content: { containsI: "no such ${nth}" } }) { id }`)} }`

  await attack({ name: '400 aliases of a scan', send: ask(scans(400)), expect: refusedForCost, rss: 240 })

  // One row of each of two lists, and 240 conditions on the longest text of each row.
  const texts = (from) => repeat(240, (nth) => `{ content: { containsI: "no such ${from + nth}" } }`)
  const filtered = (from) => `a${from}: blogPosts(limit: 1, where: { or: [${texts(from)}] }) { id }`
  await attack({
    name: 'two filters of 240 conditions on the text of 20,000 posts',
    send: thrice(`{ ${filtered(0)} ${filtered(1000)} }`),
    expect: each(refusedForCost),
    rss: 240,
  })

  await attack({ name: '80 aliases of a scan', send: ask(scans(80)), expect: answered(1), rss: 240, longest: 25_000 })

  const { json } = await post(server.endpoint, { query: '{ blogPosts(limit: 1000) { id } }' })
  await attack({
    name: '900 aliases of nodes(1,000 ids)',
    send: ask(`query($ids: [ID!]!) { ${repeat(900, (nth) => `a${nth}: nodes(ids: $ids) { id }`)} }`, {
      ids: json.data.blogPosts.map(({ id }) => id),
    }),
    expect: refusedForCost,
    rss: 240,
  })

  await attack({
    name: '1,000 rows of 1,000 rows of 1,000 rows',
    send: thrice('{ tags(limit: 1000) { posts(limit: 1000) { tags(limit: 1000) { posts(limit: 1000) { id } } } } }'),
    expect: each(refusedForCost),
    rss: 240,
  })

  await attack({
    name: 'ten levels of relationships, each with the default limit',
    send: ask(`{ users { ${'blogPosts { tags { posts { author { '.repeat(3)} id ${'} } } } '.repeat(3)} } }`),
    expect: refusedForCost,
    rss: 240,
  })

  await attack({
    name: 'totalCount of 990 lists, each with a filter of its own',
    send: ask(
      `{ ${repeat(990, (nth) => `a${nth}: blogPostsConnection(first: 0, where: { title: { containsI: "no such ${nth}" } }) { totalCount }`)} }`,
    ),
    expect: refusedForCost,
    rss: 240,
  })

  await attack({
    name: 'totalCount of 990 lists',
    send: ask(`{ ${repeat(990, (nth) => `a${nth}: ${everyTotal(lists[nth % 4])}`)} }`),
    expect: refusedForCost,
    rss: 240,
  })

  await attack({
    name: 'totalCount of each list of 1,000 users, 400 times',
    send: ask(
      `{ users(limit: 1000) { ${repeat(400, (nth) => `a${nth}: blogPostsConnection(first: 0, where: { title: { contains: "${nth}" } }) { totalCount }`)} } }`,
    ),
    expect: refusedForCost,
    rss: 240,
  })

  await attack({
    name: 'a condition on 10,000 values for each of 1,000 users',
    send: ask(`query($ids: [ID!]!) { users(limit: 1000) { blogPosts(where: { id: { notIn: $ids } }) { id } } }`, {
      ids: Array.from({ length: 10_000 }, (_, nth) => json.data.blogPosts[nth % 1000].id),
    }),
    expect: refused('BAD_USER_INPUT', /conditions and values|^the operation costs/),
    rss: 260,
  })

  // What is refused above is not refused for its form: the answer to the largest operation that is allowed is one of these.
  await attack({
    name: 'the largest list',
    send: ask('{ blogPosts(limit: 1000) { id title author { username profile { bio } } tags { name } } }'),
    expect: answered(4),
    rss: 240,
  })

  await t.test('an operation says what it costs', async () => {
    const cost = async (query) => {
      const answer = await post(server.endpoint, { query, extensions: { doorway: { cost: true } } })
      return answer.json.extensions?.doorway?.cost
    }
    const [one, ten, hundred] = [
      await cost('{ users(limit: 1) { id } }'),
      await cost('{ users(limit: 10) { id } }'),
      await cost('{ users { id } }'),
    ]
    for (const number of [one, ten, hundred]) assert.equal(typeof number, 'number')
    assert.ok(one < ten && ten < hundred, `${[one, ten, hundred]}`)
    assert.equal(await cost('{ users(limit: 100) { id } }'), hundred)
    const below = await cost('{ users { blogPosts { id } } }')
    assert.equal(await cost('{ users { blogPosts(limit: 10) { id } } }'), below)
  })
})

test('--max-cost sets the limit', async (t) => {
  const server = await serve(t, { args: ['--max-cost', '500'] })
  const answer = await post(server.endpoint, { query: '{ users(limit: 1000) { id } }' })
  assert.match(answer.json.errors?.[0].message ?? 'answered', /^the operation costs [\d,]+, and the limit is 500\b/)
  assert.ok((await post(server.endpoint, { query: '{ users(limit: 10) { id } }' })).json.data)
})
