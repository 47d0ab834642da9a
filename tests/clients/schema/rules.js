// The rules that schema.graphql keeps: graphql-eslint's recommended ones for schemas and for Relay, and a
// description for everything. The file is generated, so exceptions stand here and not in comments of its own.

import graphql from '@graphql-eslint/eslint-plugin'

const { configs } = graphql

export const rules = {
  ...configs['flat/schema-recommended'].rules,
  ...configs['flat/schema-relay'].rules,
  '@graphql-eslint/require-description': [
    'error',
    {
      types: true,
      DirectiveDefinition: true,
      FieldDefinition: true,
      InputValueDefinition: true,
      EnumValueDefinition: true,
      // @include, @skip and @specifiedBy are GraphQL's own.
      ignoredSelectors: ['DirectiveDefinition > InputValueDefinition'],
    },
  ],
  // Only what is stored has an id; these are about it, or say what became of it.
  '@graphql-eslint/strict-id-in-types': [
    'error',
    { exceptions: { types: ['PageInfo', 'UserError'], suffixes: ['Connection', 'Edge', 'Event', 'Payload'] } },
  ],
  // Lists stand beside connections: `blogPosts` and `blogPostsConnection`.
  '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false }],
}

// What the rules say nevertheless, each with the reason why it stays. One that is said no longer has to go.
export const exceptions = [
  // The column's name, which clients know the user by; `name` would be taken for the name of the person.
  ['@graphql-eslint/no-typename-prefix', 'Field "username" starts with the name of the parent type "User"'],
]
