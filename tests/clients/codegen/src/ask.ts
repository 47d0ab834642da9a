// Sends a typed document: its variables and its data have the types that graphql-codegen found.

import type { TypedDocumentString } from './gql/graphql.js'

export async function ask<Data, Variables>(
  endpoint: string,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ query: document, variables })
  const response = await fetch(endpoint, { method: 'POST', headers, body })
  const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] }
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'))
  return data
}
