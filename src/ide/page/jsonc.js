// JSON with comments for Prettier, in place of its JavaScript parser and printer, which are larger than all of GraphiQL.

import { applyEdits, format } from 'jsonc-parser'

export const parsers = {
  jsonc: {
    parse: (text) => ({ text }),
    astFormat: 'jsonc',
    locStart: () => 0,
    locEnd: (node) => node.text.length,
  },
}

export const printers = {
  jsonc: {
    print(path) {
      const { text } = path.node
      return applyEdits(text, format(text, undefined, { tabSize: 2, insertSpaces: true, eol: '\n' }))
    },
  },
}
