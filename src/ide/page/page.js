// The options of GraphiQL, bundled or from a CDN.

import { createFetcher } from './fetcher.js'
import { examples } from './examples.js'

const url = new URLSearchParams(location.search)

// The operation in the page's address, as in `/graphql?query=…&variables=…&operationName=…`.
export const asked = {
  query: url.get('query') || undefined,
  variables: readable(url.get('variables')),
  operationName: url.get('operationName') || undefined,
}

function readable(variables) {
  if (!variables) return undefined
  try {
    return JSON.stringify(JSON.parse(variables), null, 2)
  } catch {
    // Half a text is better fixed in the editor than lost.
    return variables
  }
}

// The element that GraphiQL fills. The text for browsers that cannot load it is no longer needed.
export function root() {
  document.getElementById('without').remove()
  const root = document.getElementById('graphiql')
  root.replaceChildren()
  return root
}

// Says that GraphiQL is not to be had, and what works without it.
export function unavailable() {
  document.getElementById('graphiql').replaceChildren()
  const without = document.getElementById('without')
  without.querySelector('.address').textContent = location.origin + location.pathname
  without.classList.add('shown')
}

// The browser's, but for the headers in GraphiQL's history, which it keeps whatever the setting on keeping them says.
function storage() {
  const kept = (key, value) => {
    const history = /:(queries|favorites)$/.test(key)
    if (!history || localStorage.getItem('graphiql:shouldPersistHeaders') === 'true') return value
    return JSON.stringify(JSON.parse(value, (name, part) => (name === 'headers' ? '' : part)))
  }
  return new Proxy(localStorage, {
    get(target, name) {
      if (name === 'setItem') return (key, value) => target.setItem(key, kept(key, value))
      const value = target[name]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

export function graphiqlProps({ createClient, parse, plugins }) {
  const endpoint = location.origin + location.pathname
  const explain = document.documentElement.dataset.explain === 'true'
  // All three, or the history takes them for others when they are run.
  const tabs = examples.map((query) => ({ query, variables: '', headers: '' }))
  return {
    fetcher: createFetcher({ endpoint, createClient, parse, explain }),
    plugins,
    // For who has no tabs of before: then GraphiQL adds the one that is asked for.
    defaultTabs: asked.query ? [{ query: asked.query, variables: asked.variables ?? '', headers: '' }, ...tabs] : tabs,
    storage: storage(),
    initialQuery: asked.query,
    initialVariables: asked.variables,
    defaultEditorToolsVisibility: Boolean(asked.variables),
    isHeadersEditorEnabled: true,
    inputValueDeprecation: true,
    schemaDescription: true,
  }
}
