// Helpers that change the blog over plain HTTP.

import { randomUUID } from 'node:crypto'
import { ask } from './others.js'

export { ask }

// Creates a tag with a new name, and returns it.
export async function makeTag(endpoint) {
  const mutation = 'mutation($name: String!) { createTag(input: { name: $name }) { tag { id name } } }'
  return (await ask(endpoint, mutation, { name: `tag ${randomUUID()}` })).createTag.tag
}

// Creates tags until `event`, a promise of a subscription's next event, is fulfilled. No protocol acknowledges that a
// subscription has begun, so the first tags may come too early.
export async function untilEvent(endpoint, event) {
  let done = false
  const settled = event.finally(() => (done = true))
  while (!done) await Promise.race([makeTag(endpoint), settled])
  return event
}
