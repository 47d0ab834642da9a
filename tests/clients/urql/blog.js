// The documents of the blog's screens and actions.

import { gql } from '@urql/core'

const postCard = gql`
  fragment PostCard on BlogPost {
    id
    title
    version
    author {
      id
      username
    }
  }
`

export const feed = gql`
  query Feed($first: Int!, $after: String, $where: BlogPostFilter) {
    blogPostsConnection(first: $first, after: $after, where: $where) {
      edges {
        cursor
        node {
          ...PostCard
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${postCard}
`

export const postPage = gql`
  query PostPage($id: ID!) {
    blogPost(id: $id) {
      id
      title
      publishedAt
    }
  }
`

export const retitle = gql`
  mutation Retitle($input: UpdateBlogPostInput!) {
    updateBlogPost(input: $input) {
      blogPost {
        id
        title
        version
      }
      userErrors {
        code
        field
        message
      }
    }
  }
`

export const remove = gql`
  mutation Remove($input: DeleteBlogPostInput!) {
    deleteBlogPost(input: $input) {
      deletedId
      userErrors {
        code
        message
      }
    }
  }
`

export const changes = gql`
  subscription Changes($authorId: ID) {
    blogPostChanged(authorId: $authorId) {
      kind
      blogPost {
        ...PostCard
      }
    }
  }
  ${postCard}
`
