// How GraphiQL asks: queries and mutations by POST, subscriptions over a WebSocket to the same address.

export function createFetcher({ endpoint, createClient, explain }) {
  return (request, { headers, documentAST } = {}) => {
    const introspects = request.operationName === 'IntrospectionQuery'
    const payload = explain && !introspects ? { ...request, extensions: { doorway: { explain: true } } } : request
    return subscribes(documentAST, request.operationName)
      ? subscribe(endpoint, createClient, payload, headers)
      : post(endpoint, payload, headers)
  }
}

function subscribes(document, name) {
  const operations = document?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? []
  const chosen = name ? operations.find((operation) => operation.name?.value === name) : operations[0]
  return chosen?.operation === 'subscription'
}

// In the form of a response, which GraphiQL shows as it is; of an Error it would show the stack.
const failure = (message) => ({ errors: [{ message }] })

async function post(endpoint, payload, given) {
  const headers = new Headers({
    Accept: 'application/graphql-response+json, application/json',
    'Content-Type': 'application/json',
  })
  for (const [name, value] of Object.entries(given ?? {})) headers.set(name, value)
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
