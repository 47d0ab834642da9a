// The page of a Doorway that was built without npm: `DOORWAY_IDE=cdn cargo build`, named by DOORWAY_CDN_BIN.
//
// No CDN is asked: the files that it has come from npm's registry, where it takes them too, and the browser compares
// them with the hashes in the page.

import test, { after, before } from 'node:test'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { folder, ide, launch, open } from './browser.js'
import { serve } from './doorway.js'

const binary = process.env.DOORWAY_CDN_BIN
const skip = binary ? false : 'DOORWAY_CDN_BIN names no Doorway'
const CDN = /^https:\/\/cdn\.jsdelivr\.net\/npm\/((?:@[^/]+\/)?[^/@]+@[\d.]+)\/(\S+)$/
const execute = promisify(execFile)

let browser, url, endpoint, stop
before(async () => {
  if (skip) return
  browser = await launch()
  ;({ url, endpoint } = await serve({ after: (hook) => (stop = hook) }, [], binary))
})
after(async () => {
  await browser?.close()
  await stop?.()
})

// A file of a package, as it is published.
const packages = new Map()
async function published(name, file) {
  if (!packages.has(name)) {
    packages.set(name, unpack(join(folder, 'packages', name.replaceAll(/[@/]/g, '_')), name))
  }
  return readFile(join(await packages.get(name), 'package', file))
}

async function unpack(into, name) {
  await mkdir(into, { recursive: true })
  const { stdout } = await execute('npm', ['pack', name, '--silent', '--prefer-offline', '--pack-destination', into])
  await execute('tar', ['xzf', join(into, stdout.trim()), '-C', into])
  return into
}

const types = { js: 'text/javascript', css: 'text/css' }
async function fromNpm(route, change = (body) => body) {
  const [, name, file] = route.request().url().match(CDN)
  const headers = { 'access-control-allow-origin': '*' }
  const body = change(await published(name, file))
  await route.fulfill({ body, headers, contentType: types[file.split('.').pop()] })
}

test('GraphiQL comes from the CDN, unchanged, and works', { skip }, async (t) => {
  const page = await open(t, browser, url, { elsewhere: fromNpm })
  const { answer, run, shot, tab } = ide(page)
  await tab('ProfileUser').click()
  await run()
  await answer('"username": "ada-moreno"')
  await tab('BlogPostChanged').click()
  const subscribed = page
    .waitForEvent('websocket')
    .then((socket) => socket.waitForEvent('framesent', ({ payload }) => payload.includes('"subscribe"')))
  await run()
  await subscribed
  await shot('cdn')
})

test('an open page of it needs its server for answers only', { skip }, async (t) => {
  let stop
  const own = await serve({ after: (hook) => (stop = hook) }, [], binary)
  t.after(() => stop?.())
  const expected = /ERR_CONNECTION_REFUSED \S+\/graphql$/
  const page = await open(t, browser, own.url, { elsewhere: fromNpm, expected })
  const { answer, newTab, ready, run, shot } = ide(page)
  await ready()
  const stopping = stop()
  stop = () => stopping
  await stopping
  await newTab()
  // A new tab of this GraphiQL holds its instructions.
  await page.keyboard.press('Control+A')
  await page.keyboard.type('query Typed { tags { na')
  await page.keyboard.press('Control+Space')
  await page.locator('.CodeMirror-hints').getByText('name', { exact: true }).waitFor()
  await page.keyboard.press('Enter')
  await page.keyboard.type(' nobody')
  await page.locator('.graphiql-query-editor .CodeMirror-lint-mark-error').first().waitFor()
  for (const plugin of ['Documentation Explorer', 'History', 'GraphiQL Explorer']) {
    await page.getByRole('button', { name: `Show ${plugin}` }).click()
    await page.getByRole('button', { name: `Hide ${plugin}` }).waitFor()
  }
  await run()
  await answer('"message": "The server at')
  await shot('cdn-server-stopped')
})

async function saysSo(page, name) {
  const without = page.locator('#without.shown')
  await without.waitFor()
  const line = await without.locator('pre').innerText()
  await ide(page).shot(name)
  assert.ok(line.includes(endpoint), line)
  const { stdout } = await execute('sh', ['-c', line])
  assert.equal(JSON.parse(stdout).data.users.length, 4)
}

test('a file that was changed is not run, and the page says that it has no IDE', { skip }, async (t) => {
  const elsewhere = (route) => fromNpm(route, (body) => Buffer.concat([body, Buffer.from('\n')]))
  const page = await open(t, browser, url, { elsewhere, expected: /integrity/ })
  await saysSo(page, 'cdn-changed')
})

test('where the CDN is not to be reached the page shows a curl line that works', { skip }, async (t) => {
  const page = await open(t, browser, url, { elsewhere: (route) => route.abort(), expected: /ERR_FAILED/ })
  await saysSo(page, 'cdn-blocked')
})
