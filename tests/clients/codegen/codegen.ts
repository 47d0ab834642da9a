// Settings for an application that relies on its types: no scalar without a type, no optional field that the server always
// sends, and nothing mutable.

import type { CodegenConfig } from '@graphql-codegen/cli'

const strict = {
  scalars: { DateTime: 'string' },
  strictScalars: true,
  defaultScalarType: 'unknown',
  enumsAsTypes: true,
  immutableTypes: true,
  nonOptionalTypename: true,
  useTypeImports: true,
}

const config: CodegenConfig = {
  schema: '../../../schema.graphql',
  emitLegacyCommonJSImports: false,
  documents: 'src/**/*.ts',
  generates: {
    // The types of the documents, from the tag `graphql`.
    'src/gql/': { preset: 'client', presetConfig: { fragmentMasking: false }, config: { ...strict, documentMode: 'string' } },
    // The types of the whole schema.
    'src/schema.ts': { plugins: ['typescript'], config: strict },
  },
}

export default config
