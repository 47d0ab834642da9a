// The page of a Doorway that was built without npm: GraphiQL and what it needs are there already, as globals, or were
// blocked on their way. It is the last GraphiQL that can be loaded in this way, and differs from the other in names.

import { asked, graphiqlProps, root, unavailable } from './page.js'

const { GraphiQL, GraphiQLPluginExplorer: explorer, React, ReactDOM, graphqlWs } = globalThis

if (GraphiQL && React && ReactDOM && graphqlWs) {
  const plugins = explorer ? [explorer.explorerPlugin({ showAttribution: false })] : []
  const props = graphiqlProps({ createClient: graphqlWs.createClient, parse: GraphiQL.GraphQL.parse, plugins })
  const { query, variables } = asked
  const logo = React.createElement(GraphiQL.Logo, { key: 'logo' }, 'Doorway')
  ReactDOM.createRoot(root()).render(React.createElement(GraphiQL, { ...props, query, variables }, logo))
} else {
  unavailable()
}
