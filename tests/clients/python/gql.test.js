// Python's `gql`: blog.py runs in a virtual environment under target/, which this test creates.

import test from 'node:test'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { serve } from '../doorway.js'

const run = promisify(execFile)
const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const requirements = file('requirements.txt')
const environment = file('../../../target/clients-python')
const python = `${environment}/bin/python`

// Creates the environment, unless it exists with the same requirements.
async function install() {
  const text = (path) => readFile(path, 'utf8').catch(() => undefined)
  const stamp = `${environment}/requirements.txt`
  if ((await text(stamp)) === (await text(requirements))) return
  try {
    await run('python3', ['-m', 'venv', '--clear', environment])
  } catch (error) {
    throw new Error(`this test needs python3 with its module venv (Debian: apt-get install python3-venv): ${error.message}`)
  }
  // Without dependencies: `check` then reports every dependency that is not pinned.
  await run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements])
  await run(python, ['-m', 'pip', 'check'])
  await copyFile(requirements, stamp)
}

test('a Python program queries, mutates and subscribes with gql', { timeout: 600_000 }, async (t) => {
  await install()
  const { endpoint } = await serve(t)
  const { stdout } = await run(python, [file('blog.py'), endpoint], { timeout: 120_000 })
  assert.deepEqual(stdout.trim().split('\n'), [
    'introspection',
    'local validation',
    'query with variables',
    'mutation',
    'error',
    'DSL',
    'synchronous query',
    'subscription',
    'mutation during a subscription',
  ])
})
