// The questions on PostgreSQL, answered by PostGraphile 5, which makes its schema from the tables.
//
//   node postgraphile.js URL
//
// Its own mutation for a post cannot connect tags, so a function of the database does: peers/postgraphile.sql.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import pg from 'pg'
import { postgraphile } from 'postgraphile'
import { grafserv } from 'postgraphile/grafserv/node'
import { makePgService } from 'postgraphile/adaptors/pg'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection'
import { PgManyToManyPreset } from '@graphile-contrib/pg-many-to-many'
import { serve } from './cluster.js'

const [url] = process.argv.slice(2)

async function prepare() {
  // An older one starts it, and fails at the first request.
  if (process.versions.node.split('.')[0] < 22) throw new Error('PostGraphile 5 needs Node.js 22 or newer')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(await readFile(new URL('postgraphile.sql', import.meta.url), 'utf8'))
  await client.end()
}

async function start() {
  const server = createServer()
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset, PgManyToManyPreset],
    pgServices: [
      makePgService({ connectionString: url, schemas: ['public', 'postgraphile'], poolConfig: { max: 16, options: '-c jit=off' } }),
    ],
    schema: { pgOmitListSuffix: true, defaultBehavior: '-connection +list' },
    grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
    grafast: { explain: false },
  })
  await instance.createServ(grafserv).addTo(server)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
}

await serve(start, prepare)
