// Starts the programs, checks that they answer alike, measures them in turns, and prints a table. benches/compare/run
// prepares what this needs.

import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { check } from './check.js'
import { cpu, memory, output } from './processes.js'
import { endpoint, programs } from './programs.js'
import { bodies, questions } from './questions.js'
import { report } from './report.js'

const say = (text) => process.stderr.write(`benches/compare/run: ${text}\n`)
process.on('uncaughtException', (error) => {
  say(error.message)
  process.exit(1)
})

const list = (text) => text?.split(',').filter(Boolean)
const { values: options } = parseArgs({
  options: {
    // What benches/compare/run found, built and started.
    doorway: { type: 'string' },
    limits: { type: 'string' },
    postgres: { type: 'string' },
    cluster: { type: 'string' },
    folder: { type: 'string' },
    // What its caller chose.
    questions: { type: 'string' },
    programs: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
    output: { type: 'string' },
  },
})
const positive = (name) => {
  const number = Number(options[name])
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name}: expected a number from 1`)
  return number
}
const [seconds, rounds, connections] = ['seconds', 'rounds', 'connections'].map(positive)

function chosen(all, option) {
  const names = list(options[option])
  const unknown = names?.find((name) => !all.some((one) => one.name.toLowerCase() === name.toLowerCase()))
  if (unknown) throw new Error(`--${option}: there is no ${unknown}, only ${all.map(({ name }) => name).join(', ')}`)
  return all.filter(({ name }) => !names || names.some((wanted) => wanted.toLowerCase() === name.toLowerCase()))
}

const database = new pg.Pool({ connectionString: options.postgres, max: 1 })
const column = async (sql) => (await database.query({ text: sql, rowMode: 'array' })).rows.map(([value]) => value)
const postmaster = Number(readFileSync(join(options.cluster, 'postmaster.pid'), 'utf8').split('\n')[0])

// The same rows on every machine, in an order that has nothing to do with that of the tables.
const data = {
  posts: await column('SELECT id FROM blog_posts ORDER BY md5(id::text) LIMIT 2000'),
  users: await column('SELECT id FROM users ORDER BY md5(id::text)'),
  usernames: await column('SELECT username FROM users ORDER BY md5(username)'),
  tags: await column('SELECT name FROM tags ORDER BY md5(name)'),
}
const [newestSeeded] = await column('SELECT id FROM blog_posts ORDER BY id DESC LIMIT 1')

// Takes back what mutations have written to PostgreSQL, so that every round begins with the same tables, vacuumed.
async function reset() {
  await database.query('DELETE FROM blog_posts WHERE id > $1', [newestSeeded])
  await database.query('VACUUM ANALYZE')
  await database.query('CHECKPOINT')
}

// One round: load for some seconds, and what it cost.
async function measure(program, question, file, seconds) {
  const before = { server: cpu(program.pid), database: cpu(postmaster) }
  const wrk = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', join(import.meta.dirname, 'load.lua')]
  const text = await output('wrk', [...wrk, endpoint(program, question), '--', file])
  const result = JSON.parse(text.trim().split('\n').at(-1))
  if (result.failed) throw new Error(`${question.name}: ${program.title}: ${result.failed} requests failed`)
  return {
    rate: (result.requests * 1e6) / result.microseconds,
    requests: result.requests,
    p50: result.p50,
    p99: result.p99,
    server: cpu(program.pid) - before.server,
    database: program.database === 'postgres' ? cpu(postmaster) - before.database : null,
  }
}

const running = []
try {
  await reset()
  const all = programs({
    doorway: options.doorway,
    limits: options.limits,
    postgres: options.postgres,
    doorwayFile: join(options.folder, 'doorway.db'),
    limitFile: join(options.folder, 'limit.db'),
  })
  const missing = []
  for (const program of chosen(all, 'programs')) {
    try {
      running.push({ ...program, ...(await program.start()) })
    } catch (error) {
      // A peer that is not to be had on this machine does not keep the others from being measured.
      if (program.dialect === 'limit' || program.name.startsWith('doorway')) throw error
      say(`${program.title} is left out: ${error.message}`)
      missing.push(program.title)
    }
  }
  const results = []
  for (const question of chosen(questions, 'questions')) {
    // Introspection is a question of GraphQL.
    const asked = running.filter(({ dialect }) => !(question.isIntrospection && dialect === 'limit'))
    say(`${question.name}: checking`)
    await check(question, asked, data, 20)
    const files = asked.map((program) => join(options.folder, `${question.name}-${program.dialect}`))
    for (const [nth, { dialect }] of asked.entries()) {
      writeFileSync(files[nth], bodies(question, dialect, data).join('\n') + '\n')
    }
    const measured = asked.map((program) => ({ question, program, rounds: [] }))
    // The first round warms up, and is not counted.
    for (let round = 0; round <= rounds; round++) {
      say(`${question.name}: round ${round} of ${rounds}`)
      for (const [nth, program] of asked.entries()) {
        if (question.isMutation && program.database === 'postgres') await reset()
        const written = question.isMutation && program.database === 'postgres'
        const result = await measure(program, question, files[nth], round === 0 ? 1 : seconds)
        if (written) {
          const [count] = await column(`SELECT count(*)::int FROM blog_posts WHERE id > '${newestSeeded}'`)
          // Those whose answer wrk did not wait for are written too.
          if (count < result.requests) throw new Error(`${program.title}: ${result.requests} answers, ${count} posts`)
        }
        if (round > 0) measured[nth].rounds.push(result)
      }
    }
    for (const one of measured) results.push({ ...one, memory: memory(one.program.pid) })
  }
  const setting = async (name) => (await database.query(`SHOW ${name}`)).rows[0][name]
  const table = report(results, {
    seconds,
    rounds,
    connections,
    missing,
    load: loadavg()[1],
    doorway: (await output(options.doorway, ['--version'])).trim(),
    postgres: await setting('server_version'),
    fsync: `fsync ${await setting('fsync')}, synchronous_commit ${await setting('synchronous_commit')}`,
    wrk: (await output('sh', ['-c', 'wrk -v 2>&1 | head -1 || true'])).match(/wrk \S+/)?.[0] ?? 'wrk',
  })
  process.stdout.write(table)
  if (options.output) writeFileSync(options.output, table)
} finally {
  for (const program of running) await program.stop()
  await database.end()
}
