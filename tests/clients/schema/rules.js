// The rules for schema.graphql: the ones that graphql-eslint recommends for schemas and for Relay, and a description for
// everything. The file is generated, so its exceptions are here and not in its comments.

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
  // Only stored rows have an id. These types refer to rows, or report changes.
  '@graphql-eslint/strict-id-in-types': [
    'error',
    { exceptions: { types: ['PageInfo', 'UserError'], suffixes: ['Connection', 'Edge', 'Event', 'Payload'] } },
  ],
  // There is a list beside each connection: `blogPosts` and `blogPostsConnection`.
  '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false }],
}

// The accepted reports, each with a reason. Remove those that no longer occur.
export const exceptions = [
  // Clients identify users by this name. `name` would look like the name of the person.
  ['@graphql-eslint/no-typename-prefix', 'Field "username" starts with the name of the parent type "User"'],
]
