// A temporary copy of a client's folder, into which compilers may write. The schema and the installed packages are at
// the same relative paths as in the repository, so that the client's settings work.

import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execFile } from 'node:child_process'

const clients = fileURLToPath(new URL('.', import.meta.url))

// Returns the folder of the copy. `after` is from node:test, and removes it.
export async function checkout(after, name) {
  const root = await mkdtemp(join(tmpdir(), `doorway-${name}-`))
  after(() => rm(root, { recursive: true }))
  const folder = join(root, 'tests/clients', name)
  await mkdir(folder, { recursive: true })
  await cp(join(clients, name), folder, { recursive: true })
  await cp(join(clients, '../../schema.graphql'), join(root, 'schema.graphql'))
  await cp(join(clients, 'package.json'), join(folder, '../package.json'))
  await symlink(join(clients, 'node_modules'), join(folder, '../node_modules'))
  return folder
}

// Runs a package's command in `folder`, and returns its exit code and output.
export function run(folder, command, args = []) {
  return new Promise((resolve) => {
    const path = join(clients, 'node_modules/.bin', command)
    execFile(path, args, { cwd: folder }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, text: stdout + stderr }))
  })
}
