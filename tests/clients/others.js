// Changes by somebody else: plain requests that bypass the client under test and its cache.

// Sends an operation, and returns its data.
export async function ask(endpoint, query, variables) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
  const { data, errors } = await response.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

const RETITLE = `mutation ($input: UpdateBlogPostInput!) {
  updateBlogPost(input: $input) { blogPost { version } userErrors { message } }
}`

// Changes the title of a post.
export async function retitle(endpoint, id, title) {
  const { updateBlogPost } = await ask(endpoint, RETITLE, { input: { id, title } })
  if (updateBlogPost.userErrors.length) throw new Error(JSON.stringify(updateBlogPost.userErrors))
}

// Changes the title of a post, to titles that begin with `start`, until `event` is settled, and returns its value. No
// protocol acknowledges that a subscription has begun, so the first changes may come too early.
export async function retitleUntil(event, endpoint, id, start) {
  let waiting = true
  const stop = () => (waiting = false)
  event.then(stop, stop)
  for (let number = 1; waiting; number++) await retitle(endpoint, id, `${start} ${number}`)
  return event
}
