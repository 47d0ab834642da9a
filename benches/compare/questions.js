// The questions: as GraphQL for Doorway and for Mercurius, which has Doorway's schema; as the path of an endpoint of the
// limit programs; and in PostGraphile's words, with aliases where its names differ.
//
// Variables come from what is in the database, and vary from request to request, so that nobody answers from a row it
// has just read.

import { getIntrospectionQuery } from 'graphql'

// PostGraphile reads a post's tags through the join table, whose columns it can sort by. `of` is left out again by `plain`.
const tagsOf = 'tags: postTagsByPostId(orderBy: POSITION_ASC) { of: tag'
const postsOf = (limit) => `posts: postTags(first: ${limit}, orderBy: POST_ID_DESC) { of: post`

export const questions = [
  {
    name: 'Q1',
    title: 'The 50 newest posts with authors, profiles and tags',
    graphql: '{ blogPosts(limit: 50) { id title author { username profile { bio } } tags { name } } }',
    postgraphile: `{ blogPosts(first: 50, orderBy: ROW_ID_DESC) {
      id: rowId title author: user { username profile { bio } } ${tagsOf} { name } } } }`,
  },
  {
    name: 'Q2',
    title: "20 users with profiles, 5 posts each, the posts' tags, 3 posts of each tag, and their authors",
    graphql: `{ users(limit: 20) { username profile { bio } blogPosts(limit: 5) { title tags { name posts(limit: 3) { title author { username } } } } } }`,
    postgraphile: `{ users(first: 20, orderBy: USERNAME_ASC) {
      username profile { bio } blogPosts(first: 5, orderBy: ROW_ID_DESC) {
        title ${tagsOf} { name ${postsOf(3)} { title author: user { username } } } } } } } }`,
  },
  {
    name: 'Q3',
    title: 'One post by id, with author, profile and tags',
    graphql: 'query($id: ID!) { blogPost(id: $id) { title content author { username profile { bio } } tags { name } } }',
    variables: ({ posts }) => posts.map((id) => ({ id })),
    postgraphile: `query($id: UUID!) { blogPost(rowId: $id) {
      title content author: user { username profile { bio } } ${tagsOf} { name } } } }`,
  },
  {
    name: 'Q4',
    title: 'One user by name',
    graphql: 'query($name: String!) { user(username: $name) { id username } }',
    variables: ({ usernames }) => usernames.map((name) => ({ name })),
    postgraphile: 'query($name: String!) { user: userByUsername(username: $name) { id: rowId username } }',
  },
  {
    name: 'Q6',
    title: 'Introspection (getIntrospectionQuery of graphql-js)',
    graphql: getIntrospectionQuery(),
    isIntrospection: true,
    postgraphile: getIntrospectionQuery(),
  },
  // The last one, because it changes what the others read.
  {
    name: 'Q5',
    title: 'A mutation: one post with two existing tags',
    graphql: `mutation($input: CreateBlogPostInput!) { createBlogPost(input: $input) { blogPost { id title } userErrors { message } } }`,
    isMutation: true,
    variables: ({ posts, users, tags }) =>
      posts.map((id, nth) => ({
        input: {
          title: `Post ${nth} of the comparison`,
          content: `What was written here the first time has the id ${id}.\n\n`.repeat(4),
          authorId: users[nth % users.length],
          tags: { connect: [{ name: tags[nth % tags.length] }, { name: tags[(nth * 7 + 1) % tags.length] }] },
        },
      })),
    postgraphile: `mutation($input: PostgraphileCreatePostInput!) {
      createBlogPost: postgraphileCreatePost(input: $input) { blogPost: result { id: rowId title } } }`,
    postgraphileVariables: ({ input: { tags, ...input } }) => ({
      input: { ...input, tags: tags.connect.map(({ name }) => name) },
    }),
  },
]

// The bodies of requests to a program, one for each of the question's variables.
export function bodies(question, dialect, data) {
  const all = question.variables?.(data) ?? [undefined]
  if (dialect === 'limit') return all.map((variables) => JSON.stringify(variables ?? {}))
  const query = question[dialect].replace(/\s+/g, ' ')
  const inDialect = (dialect === 'postgraphile' && question.postgraphileVariables) || ((variables) => variables)
  return all.map((variables) => JSON.stringify({ query, variables: variables && inDialect(variables) }))
}

// An answer without what a program's own schema adds to it: rows of the join table.
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  const keys = Object.keys(value)
  if (keys.length === 1 && keys[0] === 'of') return plain(value.of)
  return Object.fromEntries(keys.sort().map((key) => [key, plain(value[key])]))
}
