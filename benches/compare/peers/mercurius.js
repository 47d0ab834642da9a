// The questions on PostgreSQL, answered by Mercurius: its loaders batch, and graphql-jit compiles the operations.
//
//   node mercurius.js URL SCHEMA
//
// SCHEMA is Doorway's schema.graphql, so that both validate against the same types. Only what the questions need has
// resolvers: pages by `limit` in the default order, and `createBlogPost` with tags connected by name.

import { readFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'
import { serve } from './cluster.js'

const [url, schema] = process.argv.slice(2)

// A version 7 UUID.
function newId(now) {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes[6] = 0x70 | (bytes[6] & 0x0f)
  bytes[8] = 0x80 | (bytes[8] & 0x3f)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const userErrors = (message) => ({ blogPost: null, userErrors: [{ code: 'NOT_FOUND', field: ['input'], message }] })

serve(async () => {
  const pool = new pg.Pool({ connectionString: url, max: 16, options: '-c jit=off' })
  const names = new Map()
  // Each statement is prepared once for each connection.
  async function rows(text, ...values) {
    if (!names.has(text)) names.set(text, `s${names.size}`)
    return (await pool.query({ name: names.get(text), text, values })).rows
  }

  const posts = 'b.id, b.title, b.content, b.user_id'

  // A loader of rows for distinct keys. Queries with other arguments are another batch.
  const loader = (key, load, none) => ({
    opts: { cache: false },
    async loader(queries) {
      const batches = new Map()
      for (const { obj, params } of queries) {
        const limit = params.limit ?? null
        if (!batches.has(limit)) batches.set(limit, new Map())
        batches.get(limit).set(obj[key], none?.() ?? null)
      }
      await Promise.all([...batches].map(([limit, found]) => load(found, [...found.keys()], limit)))
      return queries.map(({ obj, params }) => batches.get(params.limit ?? null).get(obj[key]))
    },
  })
  const list = () => []

  const loaders = {
    BlogPost: {
      author: loader('user_id', async (found, ids) => {
        for (const user of await rows('SELECT id, username FROM users WHERE id = ANY($1)', ids)) found.set(user.id, user)
      }),
      tags: loader(
        'id',
        async (found, ids, limit) => {
          const page = await rows(
            `SELECT k.id AS key, t.id, t.name FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL
               (SELECT tag_id, position FROM post_tags WHERE post_id = k.id ORDER BY position, tag_id LIMIT $2) p
             JOIN tags t ON t.id = p.tag_id ORDER BY p.position, p.tag_id`,
            ids,
            limit,
          )
          for (const tag of page) found.get(tag.key).push(tag)
        },
        list,
      ),
    },
    User: {
      profile: loader('id', async (found, ids) => {
        const profiles = await rows('SELECT user_id, bio FROM profiles WHERE user_id = ANY($1)', ids)
        for (const profile of profiles) found.set(profile.user_id, profile)
      }),
      blogPosts: loader(
        'id',
        async (found, ids, limit) => {
          const page = await rows(
            `SELECT ${posts} FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL
               (SELECT * FROM blog_posts WHERE user_id = k.id ORDER BY id DESC LIMIT $2) b ORDER BY b.id DESC`,
            ids,
            limit,
          )
          for (const post of page) found.get(post.user_id).push(post)
        },
        list,
      ),
    },
    Tag: {
      posts: loader(
        'id',
        async (found, ids, limit) => {
          const page = await rows(
            `SELECT k.id AS key, ${posts} FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL
               (SELECT post_id FROM post_tags WHERE tag_id = k.id ORDER BY post_id DESC LIMIT $2) p
             JOIN blog_posts b ON b.id = p.post_id ORDER BY p.post_id DESC`,
            ids,
            limit,
          )
          for (const post of page) found.get(post.key).push(post)
        },
        list,
      ),
    },
  }

  const resolvers = {
    Query: {
      blogPosts: (_, { limit }) => rows(`SELECT ${posts} FROM blog_posts b ORDER BY b.id DESC LIMIT $1`, limit),
      users: (_, { limit }) => rows('SELECT id, username FROM users ORDER BY username LIMIT $1', limit),
      blogPost: async (_, { id }) => (await rows(`SELECT ${posts} FROM blog_posts b WHERE b.id = $1`, id))[0],
      user: async (_, { username }) => (await rows('SELECT id, username FROM users WHERE username = $1', username))[0],
    },
    Mutation: {
      async createBlogPost(_, { input }) {
        const now = Date.now()
        const tags = input.tags.connect.map(({ name }) => name)
        try {
          const made = await rows(
            `WITH post AS (
               INSERT INTO blog_posts (id, title, content, user_id, created_at, updated_at, version)
               VALUES ($1, $2, $3, $4, $5, $5, 1) RETURNING id, title, content, user_id),
             links AS (
               INSERT INTO post_tags (post_id, tag_id, position, added_at)
               SELECT $1, t.id, k.n - 1, $5 FROM unnest($6::text[]) WITH ORDINALITY AS k (name, n)
               LEFT JOIN tags t ON t.name = k.name)
             SELECT * FROM post`,
            newId(now),
            input.title,
            input.content,
            input.authorId,
            new Date(now),
            tags,
          )
          return { blogPost: made[0], userErrors: [] }
        } catch (error) {
          if (error.code === '23503') return userErrors('There is no such author.')
          if (error.code === '23502') return userErrors('There is no such tag.')
          throw error
        }
      },
    },
  }

  const app = Fastify()
  app.register(mercurius, { schema: await readFile(schema, 'utf8'), resolvers, loaders, jit: 1, graphiql: false })
  await app.listen({ host: '127.0.0.1', port: 0 })
})
