// The schema, and the schema of the last release.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const path = fileURLToPath(new URL('../../../schema.graphql', import.meta.url))
export const sdl = readFileSync(path, 'utf8')
export const released = readFileSync(new URL('../../released.graphql', import.meta.url), 'utf8')

// The schema is the same on both databases, so these tests run once.
export const once = { skip: process.env.DOORWAY_TEST_DATABASE === 'postgres' && 'done with SQLite' }
