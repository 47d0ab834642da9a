// Sends a typed document. Its variables and data have the types from graphql-codegen.

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
