// Where Doorway and graphql-js 16 differ and Doorway is right, each with the section of the specification (September
// 2025) that says so.

export const right = [
  {
    section: '5.8.5, "All Variable Usages Are Allowed"',
    why: 'a variable in the field of a @oneOf input object must be non-null, whatever the field is; graphql-js 16 looks when it has the value',
    is: ({ query }, expected, found) =>
      ['accepted', 'variables'].includes(expected.kind) && found.kind === 'validation' && /orderBy/.test(query) && /of type `\w+` cannot be used .*!`/.test(found.why),
  },
  {
    section: '5.3.2, "Field Selection Merging"',
    why: 'a string and a block string of one value are one argument; graphql-js 16 compares how they are written',
    is: ({ query }, expected, found) => /differing arguments/.test(expected.why) && found.kind === 'accepted' && query.includes('"""'),
  },
  {
    section: '2.2, "Description"',
    why: 'operations, fragments and variables may have descriptions; graphql-js 16 does not know them',
    is: ({ query }, expected, found) => expected.kind === 'parse' && /description/i.test(expected.why) && found.kind !== 'parse',
  },
]
