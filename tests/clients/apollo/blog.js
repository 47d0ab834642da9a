// The documents of the blog's screens and actions.

import { gql } from '@apollo/client'

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
  query Feed($first: Int!, $after: String, $where: BlogPostFilter, $orderBy: [BlogPostOrder!]) {
    blogPostsConnection(first: $first, after: $after, where: $where, orderBy: $orderBy) {
      totalCount
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

// A person's page, through `node`, for links that contain only an id.
export const author = gql`
  query Author($id: ID!, $first: Int!, $after: String) {
    node(id: $id) {
      id
      ... on User {
        username
        blogPostsConnection(first: $first, after: $after) {
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
    }
  }
  ${postCard}
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

// Two nullable root fields. One can fail without the other.
export const personAndLink = gql`
  query PersonAndLink($username: String!, $link: ID!) {
    user(username: $username) {
      id
      username
    }
    node(id: $link) {
      id
    }
  }
`
