// Documents at random: valid ones from the schema, and what becomes of them when a few tokens are changed.

import { getNamedType, isEnumType, isInputObjectType, isInterfaceType, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql'

// Numbers from 0 to 1 in an order that the seed decides (mulberry32).
export function numbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export class Generator {
  constructor(schema, random) {
    this.schema = schema
    this.random = random
  }

  below(n) {
    return Math.floor(this.random() * n)
  }

  chance(p) {
    return this.random() < p
  }

  pick(list) {
    return list[this.below(list.length)]
  }

  // A query that is valid, with its variables.
  query() {
    this.definitions = []
    this.variables = {}
    this.fragments = []
    const body = this.set(this.schema.getQueryType(), 3)
    const variables = this.definitions.length > 0 ? `(${this.definitions.join(', ')})` : ''
    const name = this.chance(0.3) || variables ? `query Q${variables} ` : ''
    return { query: `${name}${body}${this.fragments.map((text) => ` ${text}`).join('')}`, variables: this.variables }
  }

  set(type, depth) {
    const items = []
    const fields = Object.values(type.getFields())
    for (let nth = 1 + this.below(3); nth > 0; nth--) {
      const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)))
      const field = this.pick(depth > 0 || leaves.length === 0 ? fields : leaves)
      items.push(this.spread(type, this.field(field, depth), depth))
    }
    if (isInterfaceType(type)) items.push(`... on ${this.pick(this.schema.getPossibleTypes(type)).name} { id }`)
    if (this.chance(0.2)) items.push('__typename')
    return `{ ${items.join(' ')} }`
  }

  // A field, at times in a fragment.
  spread(type, field) {
    if (this.chance(0.8)) return field
    if (this.chance(0.5)) return `... ${this.chance(0.5) ? `on ${type.name} ` : this.directive()}{ ${field} }`
    const name = `F${this.fragments.length}`
    this.fragments.push(`fragment ${name} on ${type.name} { ${field} }`)
    return `...${name}`
  }

  field(field, depth) {
    const args = field.args.filter((arg) => isNonNullType(arg.type) ? arg.defaultValue === undefined || this.chance(0.7) : this.chance(0.25))
    const given = args.map((arg) => `${arg.name}: ${this.argument(arg)}`)
    const type = getNamedType(field.type)
    // Every field has an alias of its own, so that no two conflict.
    this.aliases = (this.aliases ?? 0) + 1
    const plain = field.args.length === 0 && isLeafType(type) && this.chance(0.5)
    const alias = plain ? '' : `a${this.aliases}: `
    const body = isLeafType(type) ? '' : ` ${this.set(type, depth - 1)}`
    return `${alias}${field.name}${given.length > 0 ? `(${given.join(', ')})` : ''}${this.directive()}${body}`
  }

  directive() {
    if (this.chance(0.9)) return ''
    return ` @${this.pick(['skip', 'include'])}(if: ${this.pick(['true', 'false'])}) `
  }

  argument(arg) {
    if (this.chance(0.75)) return this.literal(arg.type, 2, arg.name)
    const name = `v${this.definitions.length}`
    const fallback = this.chance(0.3) ? ` = ${this.literal(arg.type, 2, arg.name)}` : ''
    this.definitions.push(`$${name}: ${arg.type}${fallback}`)
    if (!fallback || this.chance(0.5)) this.variables[name] = this.json(arg.type, 2)
    return `$${name}`
  }

  literal(type, depth, name) {
    if (isNonNullType(type)) return this.literal(type.ofType, depth, name)
    if (isListType(type)) return this.chance(0.2) ? this.literal(type.ofType, depth, name) : `[${this.literal(type.ofType, depth, name)}]`
    if (isEnumType(type)) return this.pick(type.getValues()).name
    if (isInputObjectType(type)) return `{ ${this.entries(type, depth).map((field) => `${field.name}: ${this.literal(field.type, depth - 1, field.name)}`).join(', ')} }`
    return { Int: this.pick(['0', '1', '-0']), Boolean: this.pick(['true', 'false']), ID: this.pick(['"x"', '7']) }[type.name] ??
      this.pick(['"a"', '"""b"""', '"\\u0063"'])
  }

  json(type, depth) {
    if (isNonNullType(type)) return this.json(type.ofType, depth)
    if (this.chance(0.1)) return this.pick([null, 'x', 7, true, [], {}])
    if (isListType(type)) return [this.json(type.ofType, depth)]
    if (isEnumType(type)) return this.pick(type.getValues()).name
    if (isInputObjectType(type)) return Object.fromEntries(this.entries(type, depth).map((field) => [field.name, this.json(field.type, depth - 1)]))
    return { Int: this.pick([0, 1, 2 ** 31, 1.5]), Boolean: true, ID: this.pick(['x', 7, 1.5]) }[type.name] ?? 'a'
  }

  entries(type, depth) {
    const fields = Object.values(type.getFields())
    const flat = fields.filter((field) => !isInputObjectType(getNamedType(field.type)))
    const usable = depth > 0 || flat.length === 0 ? fields : flat
    if (type.isOneOf) return [this.pick(usable)]
    return fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined).concat(this.chance(0.7) ? [this.pick(usable)] : [])
      .filter((field, nth, all) => all.indexOf(field) === nth)
  }

  // The same with one to three of its tokens gone, doubled, or others.
  mutate({ query, variables }) {
    const tokens = query.match(/"""[^]*?"""|"(?:\\.|[^"\\])*"|\.\.\.|[$@]?\w+|-?\d+|[^\s,]/g)
    // Half of the time names stand for names and values for values, so that it is still for validation to find.
    if (this.chance(0.5)) {
      const like = (token) => [/^\w+$/, /^\$/, /^["\d-]/].find((kind) => kind.test(token))
      for (let nth = 1 + this.below(2); nth > 0; nth--) {
        const kind = like(this.pick(tokens)) ?? /^\w+$/
        const places = [...tokens.keys()].filter((at) => kind.test(tokens[at]))
        if (places.length > 0) tokens[this.pick(places)] = this.pick([...tokens, ...WORDS].filter((token) => kind.test(token)))
      }
      return { query: tokens.join(' '), variables }
    }
    for (let nth = 1 + this.below(3); nth > 0 && tokens.length > 1; nth--) {
      const at = this.below(tokens.length)
      const other = () => this.chance(0.5) ? this.pick(tokens) : this.pick(WORDS)
      const change = this.pick(['remove', 'double', 'replace', 'replace', 'insert', 'swap'])
      if (change === 'remove') tokens.splice(at, 1)
      if (change === 'double') tokens.splice(at, 0, tokens[at])
      if (change === 'replace') tokens[at] = other()
      if (change === 'insert') tokens.splice(at, 0, other())
      if (change === 'swap') {
        const to = this.below(tokens.length)
        ;[tokens[at], tokens[to]] = [tokens[to], tokens[at]]
      }
    }
    return { query: tokens.join(' '), variables }
  }
}

const WORDS = [
  'id', 'users', 'username', 'limit', 'nothing', 'User', 'Tag', 'Node', 'Query', 'String', 'Int', '[', ']', '!', '{', '}', '(', ')', ':', '=', '|',
  '...', 'on', 'query', 'mutation', 'subscription', 'fragment', 'null', 'true', '0', '-1', '1.5', '2147483648', '"x"', '""', '$v0', '$x', '@skip',
  '@include(if: true)', '@nope', '... on User { id }', '...F0', 'ASC', '{}', '[]', '&', '#', '"', '__typename', '__schema', 'extend', '01', '1e999',
]
