// The programs: how each is started, and in which dialect it is asked.

import { fileURLToPath } from 'node:url'
import { start } from './processes.js'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const peer = { NODE_ENV: 'production', GRAPHILE_ENV: 'production' }

// `settings` has the path of Doorway, the folder of the limit programs, the URL of PostgreSQL, and a SQLite file for each
// of the two programs that use one. `limit` names the program that a program's ratios are to.
export function programs({ doorway, limits, postgres, doorwayFile, limitFile }) {
  const serve = (url) => start(doorway, ['serve', '--listen', '127.0.0.1:0', '--log', 'warn', '--database-url', url])
  return [
    {
      name: 'doorway-postgres',
      title: 'Doorway, PostgreSQL',
      dialect: 'graphql',
      database: 'postgres',
      limit: 'limit-postgres',
      start: () => serve(postgres),
    },
    {
      name: 'limit-postgres',
      title: 'by hand, PostgreSQL',
      dialect: 'limit',
      database: 'postgres',
      limit: 'limit-postgres',
      start: () => start(`${limits}/limit-postgres`, [postgres]),
    },
    {
      name: 'mercurius',
      title: 'Mercurius, PostgreSQL',
      dialect: 'graphql',
      database: 'postgres',
      limit: 'limit-postgres',
      start: () => start(process.execPath, [path('peers/mercurius.js'), postgres, path('../../schema.graphql')], peer),
    },
    {
      name: 'postgraphile',
      title: 'PostGraphile, PostgreSQL',
      dialect: 'postgraphile',
      database: 'postgres',
      limit: 'limit-postgres',
      start: () => start(process.execPath, [path('peers/postgraphile.js'), postgres], peer),
    },
    {
      name: 'doorway-sqlite',
      title: 'Doorway, SQLite',
      dialect: 'graphql',
      database: 'sqlite',
      limit: 'limit-sqlite',
      start: () => serve(`sqlite:${doorwayFile}`),
    },
    {
      name: 'limit-sqlite',
      title: 'by hand, SQLite',
      dialect: 'limit',
      database: 'sqlite',
      limit: 'limit-sqlite',
      start: () => start(`${limits}/limit-sqlite`, [limitFile]),
    },
  ]
}

// Where a program answers a question.
export function endpoint(program, question) {
  return program.url + (program.dialect === 'limit' ? `/${question.name.toLowerCase()}` : '/graphql')
}
