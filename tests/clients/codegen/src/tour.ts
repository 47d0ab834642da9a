// A program with typed documents: it follows every relationship from both sides, writes a nested input, and filters and
// orders across relationships. The test checks that it compiles, and what it returns.

import { ask } from './ask.js'
import { graphql } from './gql/index.js'
import type { BlogPostFilter, BlogPostOrder, CreateUserInput, UserErrorCode } from './schema.js'

const relationships = graphql(`
  query Relationships($username: String!) {
    user(username: $username) {
      createdAt
      profile {
        displayName
        user {
          username
        }
      }
      blogPosts(limit: 1) {
        title
        publishedAt
        author {
          username
        }
        tags {
          name
          posts(limit: 1) {
            title
          }
          postsConnection(first: 1) {
            edges {
              position
              addedAt
            }
          }
        }
        tagsConnection(first: 1) {
          totalCount
          edges {
            position
            node {
              name
            }
          }
        }
      }
      blogPostsConnection(first: 1) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`)

// Every relationship from both sides, as sentences.
export async function walk(endpoint: string, username: string): Promise<string[]> {
  const { user } = await ask(endpoint, relationships, { username })
  if (!user) return []
  const since: string = user.createdAt
  const name: string | null | undefined = user.profile?.displayName
  const sentences = [`${user.profile?.user.username} is ${name}, here since ${since.slice(0, 4)}`]
  const pages = user.blogPostsConnection
  sentences.push(`${pages.totalCount} posts, more: ${pages.pageInfo.hasNextPage}`)
  for (const post of user.blogPosts) {
    const published: string | null | undefined = post.publishedAt
    sentences.push(`${post.title} by ${post.author.username}, ${published ? 'published' : 'a draft'}`)
    const edge = post.tagsConnection.edges[0]
    if (edge) sentences.push(`tag ${edge.position} of ${post.tagsConnection.totalCount} is ${edge.node.name}`)
    for (const tag of post.tags) {
      const links: readonly { position: number; addedAt: string }[] = tag.postsConnection.edges
      sentences.push(`${tag.name}: ${tag.posts[0]?.title}, in place ${links[0]?.position}`)
    }
  }
  return sentences
}

const nodeKind = graphql(`
  query NodeKind($id: ID!) {
    node(id: $id) {
      __typename
      ... on User {
        username
      }
      ... on BlogPost {
        title
      }
      ... on Tag {
        name
      }
      ... on Profile {
        bio
      }
    }
  }
`)

// Describes the row with this id. The compiler knows the fields of each type, and that there are only four types.
export async function describe(endpoint: string, id: string): Promise<string> {
  const { node } = await ask(endpoint, nodeKind, { id })
  if (!node) return 'nothing'
  switch (node.__typename) {
    case 'User':
      return `the user ${node.username}`
    case 'BlogPost':
      return `the post ${node.title}`
    case 'Tag':
      return `the tag ${node.name}`
    case 'Profile':
      return `a profile: ${node.bio ?? 'silent'}`
    default:
      return node satisfies never
  }
}

const signUp = graphql(`
  mutation SignUp($input: CreateUserInput!) {
    createUser(input: $input) {
      user {
        id
        profile {
          displayName
        }
        blogPosts {
          title
          tags {
            name
          }
        }
      }
      userErrors {
        code
        field
        message
      }
    }
  }
`)

type SignedUp = { id: string; tags: string[] } | { codes: UserErrorCode[] }

// Creates a user with a profile and a post, which has an existing tag and a new one.
export async function register(endpoint: string, username: string, tags: { known: string; fresh: string }): Promise<SignedUp> {
  const input: CreateUserInput = {
    username,
    profile: { displayName: username },
    blogPosts: [
      { title: 'Hello', content: '', tags: { connect: [{ name: tags.known }], create: [{ name: tags.fresh }] } },
    ],
  }
  const { user, userErrors } = (await ask(endpoint, signUp, { input })).createUser
  if (!user) return { codes: userErrors.map(({ code }) => code) }
  return { id: user.id, tags: user.blogPosts.flatMap((post) => post.tags.map(({ name }) => name)) }
}

export const search = graphql(`
  query Search($where: BlogPostFilter!, $orderBy: [BlogPostOrder!]!) {
    blogPosts(where: $where, orderBy: $orderBy) {
      title
    }
  }
`)

// The posts with a tag since a day, ordered by the author's display name and the number of tags.
export async function find(endpoint: string, tag: string, since: string): Promise<string[]> {
  const where: BlogPostFilter = {
    publishedAt: { isNull: false, gte: since },
    tags: { some: { name: { eq: tag } } },
    not: { author: { username: { eq: 'nobody' } } },
  }
  const orderBy: BlogPostOrder[] = [{ author: { profile: { displayName: 'ASC' } } }, { tagsCount: 'DESC' }]
  const { blogPosts } = await ask(endpoint, search, { where, orderBy })
  return blogPosts.map(({ title }) => title)
}

export const following = graphql(`
  subscription Following($authorId: ID!) {
    blogPostChanged(authorId: $authorId) {
      kind
      blogPost {
        title
      }
    }
  }
`)
