// How GraphiQL asks: queries and mutations by POST, subscriptions over a WebSocket to the same address.

export function createFetcher({ endpoint, createClient, parse, explain }) {
  return (request, { headers } = {}) => {
    const introspects = request.operationName === 'IntrospectionQuery'
    const operation = chosen(operations(parse, request.query), request.operationName)
    // Right after a change of tabs GraphiQL still has the name of an operation in the other.
    const payload = { ...request, operationName: operation?.name?.value }
    if (explain && !introspects) payload.extensions = { doorway: { explain: true } }
    return operation?.operation === 'subscription'
      ? subscribe(endpoint, createClient, payload, headers)
      : post(endpoint, payload, headers)
  }
}

function operations(parse, query) {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === 'OperationDefinition')
  } catch {
    // What is wrong with it is for the server to say.
    return []
  }
}

const chosen = (operations, name) =>
  operations.find((operation) => operation.name?.value === name) ?? (operations.length === 1 ? operations[0] : undefined)

// In the form of a response, which GraphiQL shows as it is; of an Error it would show the stack.
const failure = (message) => ({ errors: [{ message }] })

async function post(endpoint, payload, given) {
  const headers = new Headers({
    Accept: 'application/graphql-response+json, application/json',
    'Content-Type': 'application/json',
  })
  try {
    for (const [name, value] of Object.entries(given ?? {})) headers.set(name, value)
  } catch (problem) {
    return failure(`The headers cannot be sent: ${problem.message}`)
  }
  let response, text
  try {
    response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(payload) })
    text = await response.text()
  } catch (problem) {
    return failure(`The server at ${endpoint} does not answer: ${problem.message}`)
  }
  try {
    return JSON.parse(text)
  } catch {
    const status = `${response.status} ${response.statusText}`.trim()
    return failure(`The answer (${status}) is not JSON: ${text.slice(0, 500)}`)
  }
}

// An observable, because it can be stopped while it waits. A connection of its own for each subscription, as the
// headers of the moment are its parameters; not tried again, as events would be missed without a word.
const subscribe = (endpoint, createClient, payload, headers) => ({
  subscribe(sink) {
    const url = endpoint.replace(/^http/, 'ws')
    const client = createClient({ url, connectionParams: headers, retryAttempts: 0 })
    const stop = client.subscribe(payload, {
      next: (response) => sink.next(response),
      complete: () => sink.complete(),
      error(problem) {
        sink.next(Array.isArray(problem) ? { errors: problem } : failure(lost(problem)))
        sink.complete()
      },
    })
    return {
      unsubscribe() {
        stop()
        client.dispose()
      },
    }
  },
})

function lost(problem) {
  const why = 'code' in problem ? [problem.code, problem.reason].filter(Boolean).join(' ') : problem.message
  return `The connection is lost${why ? ` (${why})` : ''}. Events from now on are missed: run the subscription again.`
}
