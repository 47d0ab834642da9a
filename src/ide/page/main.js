// The page as it is built from npm and served by Doorway itself.

// First, so that the files are on their way while the browser runs the libraries below.
import { loaded, startWorker } from './files.js'
import { createElement, useEffect, useRef } from 'react'
import { createRoot } from 'react-dom/client'
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql'
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import { explorerPlugin } from '@graphiql/plugin-explorer'
import { parse } from 'graphql'
import { createClient } from 'graphql-ws'
import { asked, graphiqlProps, root, unavailable } from './page.js'
import '@graphiql/react/font/roboto.css'
import '@graphiql/react/font/fira-code.css'
import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import '@graphiql/plugin-history/style.css'
import '@graphiql/plugin-explorer/style.css'
import 'graphiql/graphiql.css'

globalThis.MonacoEnvironment = { getWorker: (_, label) => startWorker(label) }

// Which of the operations in the page's address runs first.
function Operation({ name }) {
  const { setOperationName } = useGraphiQLActions()
  useEffect(() => setOperationName(name), [])
  return null
}

// A subscription ends with its tab's turn: GraphiQL would show its events in a tab that is opened beside it.
function Turns() {
  const { stop } = useGraphiQLActions()
  const active = useGraphiQL((state) => state.activeTabIndex)
  const before = useRef(active)
  useEffect(() => {
    if (before.current !== active) stop()
    before.current = active
  }, [active])
  return null
}

function start() {
  const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })]
  const logo = createElement(GraphiQL.Logo, { key: 'logo' }, 'Doorway')
  const operation = asked.operationName && createElement(Operation, { key: 'operation', name: asked.operationName })
  const turns = createElement(Turns, { key: 'turns' })
  const props = graphiqlProps({ createClient, parse, plugins })
  createRoot(root()).render(createElement(GraphiQL, props, logo, turns, operation))
}

loaded.then(start, (problem) => {
  console.error(problem)
  unavailable()
})
