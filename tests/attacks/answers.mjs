// What an attack may be answered. Each asserts it of a response, or of several.

import assert from 'node:assert/strict'

const MB = 1 << 20

const codes = (answer) => (answer.json?.errors ?? []).map((error) => error.extensions?.code)
const first = (answer) => answer.json?.errors?.[0]?.message ?? answer.text.slice(0, 300)

// Its cost is too high: no statement has run, and there are no data.
export function refusedForCost(answer) {
  assert.match(first(answer), /^the operation costs [\d,]+, and the limit is 50,?000/)
  assert.deepEqual(codes(answer), ['BAD_USER_INPUT'])
  assert.equal(answer.json.data ?? null, null)
}

// Refused before it runs, with a code and a message.
export const refused = (code, message) => (answer) => {
  assert.match(first(answer), message)
  assert.equal(codes(answer)[0], code)
  assert.equal(answer.json.data ?? null, null)
}

// The answer would be too large: the field, or all that is above it, is null.
export function tooLarge(answer) {
  assert.match(first(answer), /^the response would have more than .*(bytes|MiB|objects)/)
  assert.deepEqual(new Set(codes(answer)), new Set(['BAD_USER_INPUT']))
  assert.ok(Object.values(answer.json.data ?? {}).includes(null) || answer.json.data == null, 'the field is not null')
}

// Answered, in so many megabytes at most.
export const answered =
  (megabytes = 64) =>
  (answer) => {
    assert.equal(answer.status, 200)
    assert.match(answer.text, /^\{"data":\{/, first(answer))
    assert.ok(!answer.json?.errors, first(answer))
    assert.ok(answer.bytes <= megabytes * MB, `${answer.bytes} bytes`)
  }

// Several requests: each is answered as `expect` says.
export const each = (expect) => (answers) => answers.forEach(expect)

// One of these.
export const either =
  (...expectations) =>
  (answer) => {
    const failures = []
    for (const expect of expectations) {
      try {
        return expect(answer)
      } catch (failure) {
        failures.push(failure.message)
      }
    }
    assert.fail(failures.join('\nand\n'))
  }

// Refused as a request: with this status, before anything is executed.
export const refusedAs =
  (wanted, message = /./) =>
  (answer) => {
    assert.equal(answer.status, wanted, answer.text)
    assert.match(answer.text, message)
    assert.doesNotMatch(answer.text, /"data":\{/)
  }

// A hundred errors at most, which tell nothing of the program.
export function fewErrors(message) {
  return (answer) => {
    refused('GRAPHQL_VALIDATION_FAILED', message)(answer)
    assert.ok(answer.json.errors.length <= 101, `${answer.json.errors.length} errors`)
    assert.ok(answer.bytes < 50_000, `${answer.bytes} bytes`)
    assert.doesNotMatch(answer.text, /\.rs\b|panicked|stack/)
  }
}
