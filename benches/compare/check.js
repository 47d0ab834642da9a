// Whether all programs give the same answers.

import { buildClientSchema, lexicographicSortSchema, printSchema } from 'graphql'
import { endpoint } from './programs.js'
import { bodies, plain } from './questions.js'

export async function ask(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
  return response.text()
}

// The data of an answer, in a form that two programs' answers can be compared in.
function data(text, question) {
  const { data, errors } = JSON.parse(text)
  if (errors || !data) throw new Error(text.slice(0, 500))
  if (question.isIntrospection) return { schema: printSchema(lexicographicSortSchema(buildClientSchema(data))) }
  return plain(data)
}

// Compares what the programs answer with what the first of them answers, on `count` of the question's variables.
export async function check(question, programs, sample, count) {
  const asked = (program) => bodies(question, program.dialect, sample).slice(0, count)
  if (question.isMutation) return checkMutation(question, programs, asked(programs[0]).length, sample)
  const [reference] = programs
  const expected = []
  for (const body of asked(reference)) expected.push(await ask(endpoint(reference, question), body))
  for (const program of programs) {
    for (const [nth, body] of asked(program).entries()) {
      const text = await ask(endpoint(program, question), body)
      const [got, wanted] = [text, expected[nth]].map((text) => JSON.stringify(data(text, question)))
      // PostGraphile's schema is its own.
      const comparable = !(question.isIntrospection && program.dialect === 'postgraphile')
      const same = program.dialect === 'limit' ? text === expected[nth] : got === wanted
      if (comparable && !same) differ(question, program, text, expected[nth])
    }
  }
}

// Creates posts, and reads them back from Doorway, or by the reading question of a program that stands alone.
async function checkMutation(question, programs, count, sample) {
  const inputs = question.variables(sample)
  for (const program of programs) {
    const reader = programs.find(({ dialect, database }) => dialect === 'graphql' && database === program.database)
    for (const [nth, body] of bodies(question, program.dialect, sample).slice(0, count).entries()) {
      const text = await ask(endpoint(program, question), body)
      const { blogPost, userErrors = [] } = data(text, question).createBlogPost
      const { title, content, authorId, tags } = inputs[nth].input
      if (blogPost?.title !== title || userErrors.length) differ(question, program, text, title)
      // The two SQLite programs have a file each.
      if (!reader || (program.database === 'sqlite' && program !== reader)) continue
      const query = 'query($id: ID!) { blogPost(id: $id) { title content author { id } tags { name } } }'
      const stored = await ask(`${reader.url}/graphql`, JSON.stringify({ query, variables: { id: blogPost.id } }))
      const wanted = { title, content, author: { id: authorId }, tags: tags.connect }
      if (JSON.stringify(plain(JSON.parse(stored).data.blogPost)) !== JSON.stringify(plain(wanted))) {
        differ(question, program, stored, JSON.stringify(wanted))
      }
    }
  }
}

function differ(question, program, got, wanted) {
  let at = 0
  while (got[at] === wanted[at] && at < got.length) at++
  const part = (text) => text.slice(Math.max(0, at - 100), at + 200)
  throw new Error(`${question.name}: ${program.title} answers\n  …${part(got)}\nin place of\n  …${part(wanted)}`)
}
