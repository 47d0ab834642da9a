// A urql client as an application would set it up for Doorway: graphcache with the schema, pagination, queries by GET,
// optimistic updates, and subscriptions over a WebSocket or by fetch.

import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

// These types have no id: graphcache stores them in their parent.
const embedded = () => null
const keys = {
  BlogPostConnection: embedded,
  BlogPostEdge: embedded,
  BlogPostEvent: embedded,
  DeleteBlogPostPayload: embedded,
  PageInfo: embedded,
  UpdateBlogPostPayload: embedded,
  UserError: embedded,
}

const resolvers = {
  Query: {
    blogPostsConnection: relayPagination(),
    // A post's page shows at once the fields that lists have already loaded.
    blogPost: (_, { id }) => ({ __typename: 'BlogPost', id }),
  },
  User: { blogPostsConnection: relayPagination() },
}

const optimistic = {
  updateBlogPost: ({ input }, cache) => ({
    __typename: 'UpdateBlogPostPayload',
    userErrors: [],
    blogPost: {
      __typename: 'BlogPost',
      id: input.id,
      title: input.title,
      version: cache.resolve({ __typename: 'BlogPost', id: input.id }, 'version'),
    },
  }),
}

const updates = {
  Mutation: {
    deleteBlogPost: ({ deleteBlogPost: { deletedId } }, _, cache) => {
      if (deletedId) cache.invalidate({ __typename: 'BlogPost', id: deletedId })
    },
  },
}

// `schema` is the server's introspection. Subscriptions use a WebSocket if `bySocket`, or server-sent events.
export function makeClient({ endpoint, fetch, schema, bySocket = true }) {
  const socket = createClient({ url: endpoint.replace('http', 'ws'), webSocketImpl: WebSocket })
  const forwardSubscription = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
  })
  const client = new Client({
    url: endpoint,
    fetch,
    preferGetMethod: 'within-url-limit',
    fetchSubscriptions: !bySocket,
    exchanges: [
      cacheExchange({ schema, keys, resolvers, optimistic, updates }),
      ...(bySocket ? [subscriptionExchange({ forwardSubscription })] : []),
      fetchExchange,
    ],
  })
  return { client, stop: () => socket.dispose() }
}
