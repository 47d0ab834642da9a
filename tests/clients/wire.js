// A `fetch` that records requests and responses.

// Returns a `fetch` for a client, and its `exchanges` in the order of the requests. An exchange has `method`, `body` (the
// parameters of a GET), and, after the response, `status` and `answer`.
export function record() {
  const exchanges = []
  const recordingFetch = async (input, init = {}) => {
    const url = new URL(input)
    const method = init.method ?? 'GET'
    const body = method === 'GET' ? fromParameters(url.searchParams) : JSON.parse(init.body)
    const exchange = { method, body }
    exchanges.push(exchange)
    const response = await fetch(input, init)
    exchange.status = response.status
    if (!response.headers.get('content-type')?.includes('event-stream')) exchange.answer = await response.clone().json()
    return response
  }
  return { fetch: recordingFetch, exchanges }
}

function fromParameters(parameters) {
  const body = Object.fromEntries(parameters)
  for (const name of ['variables', 'extensions']) if (body[name]) body[name] = JSON.parse(body[name])
  return body
}
