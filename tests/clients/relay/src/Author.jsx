// A person's page: their posts, with pagination and another order, and a button to rename a post.

import { Suspense, useMemo } from 'react'
import {
  graphql,
  RelayEnvironmentProvider,
  useFragment,
  useLazyLoadQuery,
  useMutation,
  usePaginationFragment,
  useSubscription,
} from 'react-relay'

export function App({ environment, username }) {
  return (
    <RelayEnvironmentProvider environment={environment}>
      <Suspense fallback={<p>Loading</p>}>
        <AuthorPage username={username} />
      </Suspense>
    </RelayEnvironmentProvider>
  )
}

function AuthorPage({ username }) {
  const query = graphql`
    query AuthorPageQuery($username: String!) {
      user(username: $username) {
        id
        username
        profile {
          displayName
        }
        ...Author_posts
      }
    }
  `
  const { user } = useLazyLoadQuery(query, { username })
  if (!user) return <p>Nobody goes by that name</p>
  return (
    <main>
      <h1>{user.profile?.displayName ?? user.username}</h1>
      <Suspense fallback={<p>Sorting</p>}>
        <Posts user={user} />
      </Suspense>
      <Follow authorId={user.id} />
    </main>
  )
}

function Posts({ user }) {
  const fragment = graphql`
    fragment Author_posts on User
    @argumentDefinitions(
      count: { type: "Int", defaultValue: 2 }
      cursor: { type: "String" }
      orderBy: { type: "[BlogPostOrder!]" }
    )
    @refetchable(queryName: "AuthorPostsPaginationQuery") {
      blogPostsConnection(first: $count, after: $cursor, orderBy: $orderBy)
        @connection(key: "Author_blogPostsConnection") {
        edges {
          node {
            id
            ...Author_post
          }
        }
      }
    }
  `
  const { data, hasNext, isLoadingNext, loadNext, refetch } = usePaginationFragment(fragment, user)
  return (
    <>
      <ul>
        {data.blogPostsConnection.edges.map(({ node }) => (
          <Post key={node.id} post={node} />
        ))}
      </ul>
      <button id="more" disabled={!hasNext || isLoadingNext} onClick={() => loadNext(2)}>
        More
      </button>
      <button id="by-title" onClick={() => refetch({ orderBy: [{ title: 'ASC' }] })}>
        By title
      </button>
    </>
  )
}

function Post({ post: key }) {
  const fragment = graphql`
    fragment Author_post on BlogPost {
      id
      title
      version
      tags(limit: 3) {
        id
        name
      }
    }
  `
  const post = useFragment(fragment, key)
  const mutation = graphql`
    mutation AuthorRetitleMutation($input: UpdateBlogPostInput!) {
      updateBlogPost(input: $input) {
        blogPost {
          id
          title
          version
        }
        userErrors {
          code
          message
        }
      }
    }
  `
  const [retitle, isInFlight] = useMutation(mutation)
  const change = () =>
    retitle({ variables: { input: { id: post.id, expectedVersion: post.version, title: `${post.title}!` } } })
  return (
    <li id={`post-${post.id}`}>
      <b>{post.title}</b> <i>{post.tags.map(({ name }) => name).join(', ')}</i>
      <button disabled={isInFlight} onClick={change}>
        Exclaim
      </button>
    </li>
  )
}

function Follow({ authorId }) {
  const subscription = graphql`
    subscription AuthorFollowSubscription($authorId: ID!) {
      blogPostChanged(authorId: $authorId) {
        kind
        blogPost {
          id
          title
          version
        }
      }
    }
  `
  useSubscription(useMemo(() => ({ subscription, variables: { authorId } }), [subscription, authorId]))
  return null
}
