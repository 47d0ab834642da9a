// The schema does not break clients of the last release.
//
// tests/released.graphql is the schema of the last release, 0.1.0. Replace it with schema.graphql only in a commit that
// releases a version. A breaking change must wait for a release that announces it.

import test from 'node:test'
import assert from 'node:assert/strict'
import { diff } from '@graphql-inspector/core'
import { buildSchema, parse, print, visit } from 'graphql'
import { once, released, sdl } from './files.js'

// The breaking and the dangerous changes from one schema to another.
async function changes(from, to) {
  const all = await diff(buildSchema(from), buildSchema(to))
  const of = (level) => all.filter(({ criticality }) => criticality.level === level).map(({ message }) => message)
  return { breaking: of('BREAKING'), dangerous: of('DANGEROUS') }
}

test('no change breaks clients of the last release', once, async (t) => {
  const { breaking, dangerous } = await changes(released, sdl)
  for (const message of dangerous) t.diagnostic(`dangerous: ${message}`)
  assert.deepEqual(breaking, [])
})

// The test above must find such changes.

test('a removed field is found', once, async () => {
  const without = visit(parse(sdl), { FieldDefinition: ({ name }) => (name.value === 'websiteUrl' ? null : undefined) })
  const { breaking } = await changes(sdl, print(without))
  assert.deepEqual(breaking, ["Field 'websiteUrl' was removed from object type 'Profile'"])
})

test('an argument that becomes required is found', once, async () => {
  const tightened = sdl.replace('username: String\n\t): User', 'username: String!\n\t): User')
  const { breaking } = await changes(sdl, tightened)
  assert.deepEqual(breaking, ["Type for argument 'username' on field 'Query.user' changed from 'String' to 'String!'"])
})

test('a changed default is dangerous', once, async () => {
  const { breaking, dangerous } = await changes(sdl, sdl.replace('limit: Int! = 100', 'limit: Int! = 10'))
  assert.deepEqual(breaking, [])
  assert.equal(dangerous.length, 1)
})
