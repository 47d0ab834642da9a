// schema.graphql follows the naming rules of GraphQL, and describes everything.

import test from 'node:test'
import assert from 'node:assert/strict'
import graphql from '@graphql-eslint/eslint-plugin'
import { ESLint } from 'eslint'
import { parse } from 'graphql'
import { once, path, sdl } from './files.js'
import { exceptions, rules } from './rules.js'

// What the rules report about a schema, without positions.
async function lint(text) {
  const eslint = new ESLint({
    cwd: new URL('../../..', import.meta.url).pathname,
    overrideConfigFile: true,
    overrideConfig: {
      files: ['**/*.graphql'],
      languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: path } } },
      plugins: { '@graphql-eslint': graphql },
      rules,
    },
  })
  const [{ messages }] = await eslint.lintText(text, { filePath: path })
  return messages.map(({ ruleId, message }) => [ruleId, message])
}

test('the schema follows the rules, except for the listed exceptions', once, async () => {
  assert.deepEqual(await lint(sdl), exceptions)
})

test('missing descriptions are found', once, async () => {
  for (const [text, what] of [
    [/"""[^"]*"""\ntype Tag /, 'type "Tag"'],
    [/"""[^"]*"""\n\ttotalCount/, 'field "totalCount" in type "BlogPostConnection"'],
    [/"""[^"]*"""\n\t\toffset/, 'input value "offset" in field "tags"'],
    [/"""[^"]*"""\n\tASC/, 'enum value "ASC" in enum "Direction"'],
    [/"""[^"]*"""\n\tisNull/, 'input value "isNull" in input "NullableDateTimeFilter"'],
  ]) {
    const bare = sdl.replace(text, (found) => found.replace(/"""[^"]*"""\n/, ''))
    assert.notEqual(bare, sdl, what)
    const found = (await lint(bare)).filter(([rule]) => rule === '@graphql-eslint/require-description')
    assert.deepEqual(found.map(([, message]) => message), [`Description is required for ${what}`])
  }
})

test('every scalar of ours has the URL of its specification', once, () => {
  const scalars = parse(sdl).definitions.filter(({ kind }) => kind === 'ScalarTypeDefinition')
  assert.notEqual(scalars.length, 0)
  for (const { name, directives } of scalars) {
    const url = directives.find((one) => one.name.value === 'specifiedBy')?.arguments[0].value.value
    assert.match(url ?? 'nothing', /^https:\/\//, name.value)
  }
})
