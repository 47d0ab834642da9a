// The GraphQL over HTTP audit of the `graphql-http` package: all checks pass, those for MUST, SHOULD and MAY.

import test from 'node:test'
import assert from 'node:assert/strict'
import { serverAudits } from 'graphql-http'
import { serve } from './doorway.js'

test('every check of the GraphQL over HTTP audit passes', async (t) => {
  const { endpoint } = await serve(t)
  const audits = serverAudits({ url: endpoint })
  const counts = {}
  for (const audit of audits) {
    await t.test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn()
      assert.equal(result.status, 'ok', result.reason)
      const level = audit.name.match(/^(MUST|SHOULD|MAY)/)?.[0]
      counts[level] = (counts[level] ?? 0) + 1
    })
  }
  t.diagnostic(`passed: ${JSON.stringify(counts)} of ${audits.length}`)
  assert.equal(audits.length, 61)
})
