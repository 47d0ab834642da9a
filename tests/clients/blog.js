// What several tests do to the blog, over plain HTTP.

import { randomUUID } from 'node:crypto'

// Runs one operation and gives its data.
export async function ask(endpoint, query, variables) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = await response.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

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
