// An Apollo Client as an application would set it up for Doorway: a normalised cache, pagination, subscriptions over a
// WebSocket, and persisted queries if `persisted`.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { getMainDefinition, relayStylePagination } from '@apollo/client/utilities'
import { createHash } from 'node:crypto'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

// A list with another filter or another order is another list.
const pages = () => relayStylePagination(['where', 'orderBy'])

export function makeCache() {
  return new InMemoryCache({
    possibleTypes: { Node: ['User', 'Profile', 'BlogPost', 'Tag'] },
    typePolicies: {
      Query: { fields: { blogPostsConnection: pages() } },
      User: { fields: { blogPostsConnection: pages() } },
    },
  })
}

export function makeClient({ endpoint, fetch, persisted = false }) {
  const socket = createClient({ url: endpoint.replace('http', 'ws'), webSocketImpl: WebSocket })
  const http = new HttpLink({ uri: endpoint, fetch })
  const sha256 = (text) => createHash('sha256').update(text).digest('hex')
  const byHash = new PersistedQueryLink({ sha256, useGETForHashedQueries: true })
  const isSubscription = ({ query }) => getMainDefinition(query).operation === 'subscription'
  const client = new ApolloClient({
    cache: makeCache(),
    link: ApolloLink.split(isSubscription, new GraphQLWsLink(socket), persisted ? byHash.concat(http) : http),
  })
  // Stops the client's queries, and its socket if it has one.
  const stop = async () => {
    client.stop()
    await socket.dispose()
  }
  return { client, stop }
}
