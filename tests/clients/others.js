// What somebody else does to the blog while a client under test looks on: plain requests, past that client and its cache.

// Sends one operation and gives its data.
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

// Gives the post another title.
export async function retitle(endpoint, id, title) {
  const { updateBlogPost } = await ask(endpoint, RETITLE, { input: { id, title } })
  if (updateBlogPost.userErrors.length) throw new Error(JSON.stringify(updateBlogPost.userErrors))
}

// Gives the post title after title, each beginning with `start`, until `heard` is settled, and gives what it resolves to.
// The protocols do not tell a client when its subscription has begun, so that one write might come too early.
export async function retitleUntil(heard, endpoint, id, start) {
  let waiting = true
  const stop = () => (waiting = false)
  heard.then(stop, stop)
  for (let number = 1; waiting; number++) await retitle(endpoint, id, `${start} ${number}`)
  return heard
}
