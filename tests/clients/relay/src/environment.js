// A Relay environment for Doorway: operations by `fetch`, subscriptions over a WebSocket.

import { createClient } from 'graphql-ws'
import { Environment, Network, Observable, RecordSource, Store } from 'relay-runtime'
import WebSocket from 'ws'

export function makeEnvironment({ endpoint, fetch }) {
  const socket = createClient({ url: endpoint.replace('http', 'ws'), webSocketImpl: WebSocket })
  const ask = async ({ text, name }, variables) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query: text, operationName: name, variables }),
    })
    return response.json()
  }
  const listen = ({ text, name }, variables) =>
    Observable.create((sink) => socket.subscribe({ query: text, operationName: name, variables }, sink))
  const environment = new Environment({
    // The id of an event is the id of its row. The event must not overwrite the row in the store.
    getDataID: ({ id }, type) => (type.endsWith('Event') ? undefined : id),
    network: Network.create(ask, listen),
    store: new Store(new RecordSource()),
  })
  return { environment, stop: () => socket.dispose() }
}
