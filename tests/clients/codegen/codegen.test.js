// graphql-codegen: strict types for the schema and for documents. A program that uses them compiles with strict TypeScript
// and runs against the server. Programs that violate the types do not compile.

import test, { after } from 'node:test'
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkout, run } from '../checkout.js'
import { serve } from '../doorway.js'
import { ask } from '../others.js'

const folder = await checkout(after, 'codegen')
const generated = await run(folder, 'graphql-codegen')

test('the program compiles, and its results match the blog', async (t) => {
  assert.equal(generated.code, 0, generated.text)
  const compiled = await run(folder, 'tsc')
  assert.equal(compiled.code, 0, compiled.text)
  const { describe, find, register, walk } = await import(pathToFileURL(join(folder, 'build/tour.js')))

  const { endpoint } = await serve(t)
  assert.deepEqual(await walk(endpoint, 'ada-moreno'), [
    'ada-moreno is Ada Moreno, here since 2024',
    '3 posts, more: true',
    'UUIDs that sort by ada-moreno, published',
    'tag 0 of 2 is data modelling',
    'data modelling: UUIDs that sort, in place 0',
    'performance: UUIDs that sort, in place 1',
  ])
  assert.deepEqual(await walk(endpoint, 'nobody'), [])
  // By Ada Moreno, Lena Fischer and Tomáš Novák.
  assert.deepEqual(await find(endpoint, 'sql', '2024-01-01T00:00:00Z'), [
    'One-to-one is a unique key',
    'The N+1 problem, seen from the log',
    'Link tables have columns too',
  ])
  const made = await register(endpoint, 'zoe', { known: 'sql', fresh: 'first steps' })
  assert.deepEqual(made.tags, ['sql', 'first steps'])
  assert.equal(await describe(endpoint, made.id), 'the user zoe')
  assert.deepEqual(await register(endpoint, 'zoe', { known: 'sql', fresh: 'second steps' }), { codes: ['TAKEN'] })
  const { tag } = await ask(endpoint, '{ tag(name: "first steps") { id } }')
  assert.equal(await describe(endpoint, tag.id), 'the tag first steps')
})

// Each of these programs would compile if the types were too loose.
const forbidden = {
  'a field of another type': 'export const n: number = (await ask("", search, { where: {}, orderBy: [] })).blogPosts[0]!.title',
  'a field that is not selected': '(await ask("", search, { where: {}, orderBy: [] })).blogPosts[0]!.content',
  'a date that is a number': 'export const where: BlogPostFilter = { createdAt: { gt: 2024 } }',
  'two fields in one key of an order': 'export const orderBy: BlogPostOrder[] = [{ title: "ASC", createdAt: "ASC" }]',
  'an unknown error code': 'export const code: UserErrorCode = "GONE"',
  'an input without a required field': 'export const input: CreateUserInput = { profile: null }',
}

test('programs that violate the types do not compile', async () => {
  const imports = `
    import { ask } from '../src/ask.js'
    import { search } from '../src/tour.js'
    import type { BlogPostFilter, BlogPostOrder, CreateUserInput, UserErrorCode } from '../src/schema.js'
    export type Used = [BlogPostFilter, BlogPostOrder, CreateUserInput, UserErrorCode, typeof ask, typeof search]
  `
  const wrong = join(folder, 'wrong')
  await mkdir(wrong)
  const options = { extends: '../tsconfig.json', compilerOptions: { noEmit: true, rootDir: '..' }, include: ['.'] }
  await writeFile(join(wrong, 'tsconfig.json'), JSON.stringify(options))
  const programs = Object.values(forbidden)
  await Promise.all(programs.map((program, i) => writeFile(join(wrong, `${i}.ts`), imports + program)))
  const { text } = await run(wrong, 'tsc', ['--pretty', 'false'])
  for (const [i, name] of Object.keys(forbidden).entries()) {
    const complaints = text.split('\n').filter((line) => line.startsWith(`${i}.ts(`))
    assert.equal(complaints.length, 1, `${name}: ${complaints.join('\n')}`)
    assert.match(complaints[0], /error TS(2322|2339|2741)/)
  }
  assert.equal(text.match(/error TS/g).length, programs.length, text)
})
