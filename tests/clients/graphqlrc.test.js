// .graphqlrc.yml, as editors read it: the schema of each project loads, and its documents are valid.

import test from 'node:test'
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { CodeFileLoader } from '@graphql-tools/code-file-loader'
import { concatAST, LoneAnonymousOperationRule, specifiedRules, UniqueOperationNamesRule, validate } from 'graphql'
import { loadConfig } from 'graphql-config'

// The documents of a project share fragments, so they are validated together. Clients send them one by one, so their
// names need not be unique.
const rules = specifiedRules.filter((rule) => rule !== LoneAnonymousOperationRule && rule !== UniqueOperationNamesRule)

const rootDir = fileURLToPath(new URL('../..', import.meta.url))
const documentsInCode = ({ loaders }) => {
  loaders.documents.register(new CodeFileLoader())
  return { name: 'documents in code' }
}
const { projects } = await loadConfig({ rootDir, extensions: [documentsInCode] })

for (const [name, project] of Object.entries(projects)) {
  test(`the documents of ${name} are valid`, async () => {
    const documents = await project.getDocuments()
    assert.ok(documents.length > 0)
    const document = concatAST(documents.map((source) => source.document))
    assert.deepEqual(validate(await project.getSchema(), document, rules), [])
  })
}
