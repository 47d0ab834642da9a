// What several tests do to the blog, over plain HTTP.

import { randomUUID } from 'node:crypto'
import { ask } from './others.js'

export { ask }

// Makes a tag of a new name and gives it.
export async function makeTag(endpoint) {
  const mutation = 'mutation($name: String!) { createTag(input: { name: $name }) { tag { id name } } }'
  return (await ask(endpoint, mutation, { name: `tag ${randomUUID()}` })).createTag.tag
}

// Makes tags until `event`, a promise of what a subscription tells, is fulfilled: that a subscription has begun is
// acknowledged by none of the protocols, so the first tag may come too early for it.
export async function untilTold(endpoint, event) {
  let told = false
  const settled = event.finally(() => (told = true))
  while (!told) await Promise.race([makeTag(endpoint), settled])
  return event
}
