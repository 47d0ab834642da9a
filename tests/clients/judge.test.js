// Doorway judges documents and variables as the reference implementation does: graphql-js, beside it.

import test from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  getOperationAST,
  getVariableValues,
  lexicographicSortSchema,
  parse,
  printSchema,
  validate,
} from 'graphql'
import { ask } from './blog.js'
import { serve } from './doorway.js'
import { documents } from './judge/documents.js'
import { Generator, numbers } from './judge/generate.js'
import { right } from './judge/differences.js'

// JUDGE_SEED and JUDGE_COUNT try others, and more.
const SEED = Number(process.env.JUDGE_SEED ?? 20250901)
const COUNT = Number(process.env.JUDGE_COUNT ?? 3000)
const limit = { timeout: 300_000 }
const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))

// What graphql-js says: `accepted`, or what it refuses, and why.
function reference({ query, variables, operationName }) {
  let document
  try {
    document = parse(query)
  } catch (error) {
    return { kind: 'parse', why: error.message }
  }
  const [wrong] = validate(schema, document)
  if (wrong) return { kind: 'validation', why: wrong.message }
  const operation = getOperationAST(document, operationName)
  if (!operation) return { kind: 'validation', why: 'no such operation' }
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], JSON.parse(JSON.stringify(variables)))
  return errors ? { kind: 'variables', why: errors[0].message } : { kind: 'accepted' }
}

const KINDS = { GRAPHQL_PARSE_FAILED: 'parse', GRAPHQL_VALIDATION_FAILED: 'validation', BAD_USER_INPUT: 'variables' }

async function doorway(endpoint, request) {
  const answer = await fetch(endpoint, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(request) })
  const { data, errors } = await answer.json()
  if (data !== undefined) return { kind: 'accepted', why: errors?.[0].message }
  // A subscription is accepted when all that is wrong with it is the transport.
  if (errors[0].message.startsWith('subscribe over')) return { kind: 'accepted' }
  return { kind: KINDS[errors[0].extensions.code], why: errors[0].message }
}

// Gives how many there were of each kind; those of which the two say otherwise are thrown, with both their words.
async function compare(endpoint, requests) {
  const counts = {}
  const wrong = []
  const judge = async (request) => {
    const [expected, found] = [reference(request), await doorway(endpoint, request)]
    counts[expected.kind] = (counts[expected.kind] ?? 0) + 1
    if (expected.kind !== found.kind && !right.some((difference) => difference.is(request, expected, found))) {
      wrong.push({ ...request, 'graphql-js': expected, doorway: found })
    }
  }
  const left = [...requests]
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (left.length > 0) await judge(left.pop())
  }))
  assert.equal(wrong.length, 0, `${wrong.length} of ${requests.length}: ${JSON.stringify(wrong.slice(0, Number(process.env.JUDGE_SHOW ?? 10)), null, 2)}`)
  return counts
}

test('documents by hand are judged alike', limit, async (t) => {
  const { endpoint } = await serve(t)
  const counts = await compare(endpoint, documents)
  t.diagnostic(`${documents.length} documents: ${JSON.stringify(counts)}`)
  for (const kind of ['accepted', 'parse', 'validation', 'variables']) assert.ok(counts[kind] > 20, kind)
})

test('documents at random are judged alike', limit, async (t) => {
  const { endpoint } = await serve(t)
  const generator = new Generator(schema, numbers(SEED))
  const valid = Array.from({ length: Math.ceil(COUNT / 3) }, () => generator.query())
  for (const { query } of valid) assert.deepEqual(validate(schema, parse(query)), [], `${query} (JUDGE_SEED=${SEED})`)
  const mutated = Array.from({ length: COUNT - valid.length }, () => generator.mutate(generator.pick(valid)))
  try {
    const counts = await compare(endpoint, [...valid, ...mutated])
    t.diagnostic(`${COUNT} documents of the seed ${SEED}: ${JSON.stringify(counts)}`)
  } catch (error) {
    error.message = `JUDGE_SEED=${SEED}: ${error.message}`
    throw error
  }
})

test('introspection is the schema', limit, async (t) => {
  const { endpoint } = await serve(t)
  const options = { specifiedByUrl: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true }
  const introspected = buildClientSchema(await ask(endpoint, getIntrospectionQuery(options)))
  const print = (one) => printSchema(lexicographicSortSchema(one))
  assert.equal(print(introspected), print(schema))
})
