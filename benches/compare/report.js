// The measurements as Markdown.

import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'

const median = (numbers) => {
  const sorted = [...numbers].sort((one, other) => one - other)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}
const sum = (numbers) => numbers.reduce((one, other) => one + other, 0)
const number = (value) => Math.round(value).toLocaleString('en')
const milliseconds = (value) => (value / 1000).toFixed(value < 10_000 ? 2 : 1)

const version = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version
const locked = (name) =>
  readFileSync(new URL('Cargo.lock', import.meta.url), 'utf8').match(`name = "${name}"\nversion = "(.*)"`)?.[1]

export function report(results, run) {
  const lines = []
  for (const question of new Set(results.map(({ question }) => question))) {
    const rows = results.filter((result) => result.question === question)
    lines.push(
      `**${question.name}: ${question.title}**`,
      '',
      '| program | requests/s | of the limit | p50 ms | p99 ms | server CPU µs | database CPU µs | memory MB |',
      '|---|--:|--:|--:|--:|--:|--:|--:|',
    )
    for (const { program, rounds, memory } of rows) {
      const limit = rows.find((row) => row.program.name === program.limit)
      // Of two rounds that followed each other, so that what else the machine does meanwhile is in both.
      const ratio = limit && median(rounds.map(({ rate }, nth) => rate / limit.rounds[nth].rate))
      const requests = sum(rounds.map((round) => round.requests))
      const perRequest = (name) => number(sum(rounds.map((round) => round[name])) / requests)
      lines.push(
        `| ${program.title} | ${number(median(rounds.map(({ rate }) => rate)))} ` +
          `| ${limit ? `${Math.round(ratio * 100)} %` : '–'} ` +
          `| ${milliseconds(median(rounds.map(({ p50 }) => p50)))} | ${milliseconds(median(rounds.map(({ p99 }) => p99)))} ` +
          `| ${perRequest('server')} | ${program.database === 'postgres' ? perRequest('database') : '–'} ` +
          `| ${number(memory / 1e6)} |`,
      )
    }
    lines.push('')
  }
  const names = new Set(results.map(({ program }) => program.name))
  const versions = [
    run.doorway,
    `PostgreSQL ${run.postgres} (${run.fsync})`,
    `tokio-postgres ${locked('tokio-postgres')}`,
    `rusqlite ${locked('rusqlite')}`,
    `axum ${locked('axum')}`,
    names.has('mercurius') &&
      `Mercurius ${version('mercurius')} (graphql-jit ${version('graphql-jit')}, Fastify ${version('fastify')}, pg ${version('pg')})`,
    names.has('postgraphile') &&
      `PostGraphile ${version('postgraphile')} (simplify-inflection ${version('@graphile/simplify-inflection')}, pg-many-to-many ${version('@graphile-contrib/pg-many-to-many')})`,
    `Node.js ${process.versions.node}`,
    run.wrk,
  ].filter(Boolean)
  lines.push(
    `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), Linux ${release()}, ` +
      `load average ${run.load.toFixed(1)}. ${run.connections} connections, ${run.rounds} rounds of ${run.seconds} s in turns; ` +
      'the load generator and the database share the cores.',
    `Versions: ${versions.join(', ')}.`,
    ...(run.missing.length ? [`Left out: ${run.missing.join(', ')}.`] : []),
    '',
  )
  return lines.join('\n')
}
