// The IDE as a person meets it: in a browser, with a keyboard, and with no internet.

import test, { after, before } from 'node:test'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ide, launch, open } from './browser.js'
import { serve } from './doorway.js'

let browser, endpoint, url, stop
before(async () => {
  browser = await launch()
  ;({ url, endpoint } = await serve({ after: (hook) => (stop = hook) }))
})
after(async () => {
  await browser?.close()
  await stop?.()
})

async function post(endpoint, query) {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ query }) })
  const { data, errors } = await response.json()
  assert.equal(errors, undefined)
  return data
}

const examples = {
  UserProfile: ['"displayName": "Ada Moreno"'],
  ProfileUser: ['"username": "ada-moreno"'],
  UserBlogPosts: ['"title": "UUIDs that sort"'],
  BlogPostAuthor: ['"title": "UUIDs that sort"', '"username": "ada-moreno"'],
  BlogPostTags: ['"tags": ['],
  TagPosts: ['"name": "announcements"', '"title": "Hello, Doorway"'],
}

test('the first tabs open each relationship from both sides, and answer', async (t) => {
  const page = await open(t, browser, url)
  const { answer, ready, run, shot, tab } = ide(page)
  await ready()
  assert.equal(await page.title(), 'Doorway')
  assert.deepEqual(await page.getByRole('tab').allInnerTexts(), [...Object.keys(examples), 'BlogPostChanged'])
  for (const [name, words] of Object.entries(examples)) {
    await tab(name).click()
    await run()
    const response = await answer('"data"', ...words)
    assert.doesNotMatch(response, /"errors"/)
  }
  await shot('tag-posts')
})

test('a query is typed, completed by keyboard, run, and stays in the history', async (t) => {
  const page = await open(t, browser, url)
  const { answer, newTab, ready, shot, written } = ide(page)
  await ready()
  await newTab()
  await page.keyboard.type('query Typed { tag(name: "sql") { na')
  await page.keyboard.press('Control+Space')
  const suggested = page.locator('.suggest-widget.visible .monaco-list-row').first()
  await suggested.filter({ hasText: 'name' }).waitFor()
  await shot('completion')
  await page.keyboard.press('Enter')
  await suggested.waitFor({ state: 'hidden' })
  await written(/tag\(name: "sql"\) \{ name\s*\}/)
  await page.keyboard.press('Control+Enter')
  await answer('"tag": {', '"name": "sql"')
  await page.getByRole('button', { name: 'Show History' }).click()
  await page.locator('.graphiql-history-item').filter({ hasText: 'Typed' }).first().waitFor()
  await shot('history')
})

test('headers are not kept, and an example that is run is in the history once', async (t) => {
  const page = await open(t, browser, url)
  const { answer, ready, run } = ide(page)
  await ready()
  await page.getByRole('button', { name: 'Headers', exact: true }).click()
  await page.locator('.graphiql-editor-tool .view-lines:visible').click()
  await page.keyboard.insertText('{"Authorization":"Bearer SECRET"}')
  await run()
  await answer('"data"')
  await page.getByRole('button', { name: 'Show History' }).click()
  await page.locator('.graphiql-history-item').first().waitFor()
  assert.equal(await page.locator('.graphiql-history-item').count(), 1)
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /SECRET/)
})

test('the documentation opens, and leads from type to type', async (t) => {
  const page = await open(t, browser, url)
  const { ready, shot } = ide(page)
  await ready()
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
  const docs = page.locator('.graphiql-doc-explorer')
  await docs.getByRole('link', { name: 'Query', exact: true }).click()
  await docs.getByText('All users, by username').first().waitFor()
  await docs.getByRole('link', { name: 'User', exact: true }).first().click()
  await docs.getByRole('link', { name: 'blogPosts', exact: true }).waitFor()
  await shot('documentation')
})

test('the explorer of fields writes the query', async (t) => {
  const page = await open(t, browser, url)
  const { answer, ready, shot, tab, written } = ide(page)
  await ready()
  await tab('ProfileUser').click()
  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click()
  const field = page.locator('.docExplorerWrap .graphiql-explorer-node').getByText('websiteUrl', { exact: true })
  await field.first().click()
  await written(/profiles[^]*websiteUrl/)
  await page.getByRole('button', { name: /^Execute query/ }).click()
  await answer('"websiteUrl"')
  await shot('explorer')
})

test('a subscription shows what happens, and says when the connection is lost', async (t) => {
  let stop
  const own = await serve({ after: (hook) => (stop = hook) })
  t.after(() => stop?.())
  const page = await open(t, browser, own.url)
  const { answer, ready, response, run, shot, tab } = ide(page)
  await ready()
  await tab('BlogPostChanged').click()
  const subscribed = page
    .waitForEvent('websocket')
    .then((socket) => socket.waitForEvent('framesent', ({ payload }) => payload.includes('"subscribe"')))
  await run()
  await subscribed
  const { blogPosts } = await post(own.endpoint, '{ blogPosts(limit: 1) { id } }')
  // That it is sent does not say that it has arrived: until the first event, more changes follow.
  for (let number = 1; !(await response()).includes('UPDATED'); number++) {
    const input = `{ id: "${blogPosts[0].id}", title: "Seen at once, ${number}" }`
    await post(own.endpoint, `mutation { updateBlogPost(input: ${input}) { userErrors { message } } }`)
    await answer('UPDATED').catch((error) => assert.ok(number < 3, error))
  }
  await answer('"kind": "UPDATED"', `"id": "${blogPosts[0].id}"`, 'Seen at once')
  await shot('subscription')
  const stopping = stop()
  stop = () => stopping
  await answer('The connection is lost (1001')
  await shot('connection-lost')
})

test('an open page needs its server for answers only', async (t) => {
  let stop
  const own = await serve({ after: (hook) => (stop = hook) })
  t.after(() => stop?.())
  const page = await open(t, browser, own.url, { expected: /ERR_CONNECTION_REFUSED \S+\/graphql$/ })
  const { answer, newTab, ready, run, shot, tab } = ide(page)
  await ready()
  const stopping = stop()
  stop = () => stopping
  await stopping
  // The worker of GraphQL completes and marks, with the schema that is there.
  await newTab()
  await page.keyboard.type('query Typed($n: Int!) { tags(limit: $n) { na')
  await page.keyboard.press('Control+Space')
  const suggested = page.locator('.suggest-widget.visible .monaco-list-row').first()
  await suggested.filter({ hasText: 'name' }).waitFor()
  await page.keyboard.press('Enter')
  await suggested.waitFor({ state: 'hidden' })
  await page.keyboard.type(' nobody')
  await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor()
  // Monaco starts the worker of JSON again whenever a query has other variables.
  await page.getByRole('button', { name: 'Variables', exact: true }).click()
  await page.locator('.graphiql-editor-tool .view-lines:visible').click()
  await page.keyboard.insertText('{ "n": "one" }')
  await page.locator('.graphiql-editor-tool [class*=squiggly]:visible').first().waitFor()
  await page.keyboard.press('F1')
  await page.locator('.quick-input-widget:visible').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' })
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
  await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Query', exact: true }).click()
  await page.locator('.graphiql-doc-explorer').getByText('All users, by username').first().waitFor()
  await page.getByRole('button', { name: 'Show History' }).click()
  await page.locator('.graphiql-history').waitFor()
  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click()
  await page.locator('.docExplorerWrap').waitFor()
  await page.getByRole('button', { name: 'Open settings dialog' }).click()
  await page.getByRole('button', { name: 'Dark', exact: true }).click()
  await page.keyboard.press('Escape')
  await tab('ProfileUser').click()
  await run()
  await answer('"message": "The server at')
  await shot('server-stopped')
  const unloaded = await page.evaluate(() => [...document.fonts].filter(({ status }) => status !== 'loaded').length)
  assert.equal(unloaded, 0, 'fonts that are not loaded')
})

test('a subscription ends when another tab is opened beside it', async (t) => {
  const page = await open(t, browser, url)
  const { answer, ready, run, tab } = ide(page)
  await ready()
  await tab('BlogPostChanged').click()
  await run()
  await page.getByRole('button', { name: /^Stop query/ }).waitFor()
  await page.getByRole('button', { name: 'New tab' }).click()
  await page.getByRole('button', { name: /^Execute query/ }).waitFor()
  await page.locator('.graphiql-query-editor .view-lines').click()
  await page.keyboard.insertText('{ tag(name: "sql") { name } }')
  await run()
  await answer('"name": "sql"')
})

test('headers go with requests, and with the connection of a subscription', async (t) => {
  const page = await open(t, browser, url)
  const { answer, ready, run, tab } = ide(page)
  await ready()
  await page.getByRole('button', { name: 'Headers', exact: true }).click()
  await page.locator('.graphiql-editor-tool .view-lines:visible').click()
  await page.keyboard.type('{ "X-Example": "one" }')
  await page.getByRole('button', { name: /^Prettify query/ }).click()
  await page.locator('.graphiql-editor-tool .view-lines:visible').getByText('"X-Example": "one"', { exact: true }).waitFor()
  const request = page.waitForRequest((request) => request.method() === 'POST')
  await run()
  assert.equal((await request).headers()['x-example'], 'one')
  await answer('"data"')
  await tab('BlogPostChanged').click()
  await page.locator('.graphiql-editor-tool .view-lines:visible').click()
  await page.keyboard.type('{ "X-Example": "two" }')
  const opening = page
    .waitForEvent('websocket')
    .then((socket) => socket.waitForEvent('framesent', ({ payload }) => payload.includes('connection_init')))
  await run()
  assert.deepEqual(JSON.parse((await opening).payload).payload, { 'X-Example': 'two' })
})

test('the address opens an operation as a tab, and does not run it', async (t) => {
  const query = 'query One { users { username } } query Two($n: Int!) { tags(limit: $n) { name } }'
  const parameters = new URLSearchParams({ query, variables: '{"n":1}', operationName: 'Two' })
  const page = await open(t, browser, url, { address: '/healthz' })
  const asked = []
  page.on('request', (request) => request.method() === 'POST' && asked.push(request.postDataJSON().operationName))
  await page.goto(`${endpoint}?${parameters}`)
  const { answer, ready, run, tab, written } = ide(page)
  await ready()
  await tab('Two').waitFor()
  await written(/query One .*query Two/)
  assert.deepEqual(asked, ['IntrospectionQuery'])
  assert.equal(await page.getByRole('tab').count(), 8)
  await run()
  await page.getByRole('menuitem', { name: 'Two' }).click()
  await answer('"name": "announcements"')
})

test('where the server explains, requests ask it to, and the answer shows what it cost', async (t) => {
  let stop
  const { url, endpoint } = await serve({ after: (hook) => (stop = hook) }, ['--explain'])
  const page = await open(t, browser, url, { address: '/healthz' })
  // Behind the page's own end: what runs first was given first, and a page whose server is gone has errors.
  t.after(() => stop())
  const asked = []
  page.on('request', (request) => request.method() === 'POST' && asked.push(request.postDataJSON().extensions))
  // A short answer, since only the lines that are on the screen are in the page.
  await page.goto(`${endpoint}?query={tags(limit:1){name}}`)
  const { answer, ready, run, shot } = ide(page)
  await ready()
  await run()
  await answer('"data"')
  await answer('"microseconds"')
  await shot('explained')
  assert.deepEqual(asked, [undefined, { doorway: { explain: true } }], 'introspection does not ask')
})

for (const [scheme, dark] of [['light', false], ['dark', true]]) {
  test(`the page is ${scheme} where the system is, and as the settings say`, async (t) => {
    const page = await open(t, browser, url, { context: { colorScheme: scheme } })
    const { answer, ready, run, shot } = ide(page)
    const isDark = () => page.evaluate(() => {
      const colour = getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor
      return colour.match(/\d+/g).slice(0, 3).every((part) => Number(part) < 100)
    })
    await ready()
    assert.equal(await isDark(), dark)
    await run()
    await answer('"displayName"')
    await shot(scheme)
    await page.getByRole('button', { name: 'Open settings dialog' }).click()
    await page.getByRole('button', { name: dark ? 'Light' : 'Dark', exact: true }).click()
    assert.equal(await isDark(), !dark)
    await shot(`${scheme}-settings`)
  })
}

test('a phone shows all of it', async (t) => {
  const page = await open(t, browser, url, { context: { viewport: { width: 390, height: 844 }, hasTouch: true } })
  const { answer, ready, run, shot } = ide(page)
  await ready()
  await run()
  await answer('"displayName"')
  await shot('phone')
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390)
  for (const part of ['.graphiql-query-editor', '.graphiql-response']) {
    const box = await page.locator(part).boundingBox()
    assert.ok(box.width >= 270 && box.height >= 200 && box.x + box.width <= 390, `${part} ${JSON.stringify(box)}`)
  }
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).waitFor()
  await shot('phone-documentation')
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390)
})

test('where a part of the page cannot be loaded, it shows the curl line', async (t) => {
  const page = await open(t, browser, url, { address: '/healthz', expected: /ERR_FAILED|Failed to fetch/ })
  await page.route(/\/ide\/json\.worker/, (route) => route.abort())
  await page.goto(endpoint)
  const line = await page.locator('#without.shown pre').innerText()
  assert.ok(line.includes(endpoint), line)
})

test('without scripts the page shows a curl line that works', async (t) => {
  const page = await open(t, browser, url, { context: { javaScriptEnabled: false } })
  const line = await page.locator('#without pre').innerText()
  assert.ok(await page.locator('#without').isVisible() && line.includes(endpoint), line)
  await ide(page).shot('no-scripts')
  const { stdout } = await promisify(execFile)('sh', ['-c', line])
  assert.equal(JSON.parse(stdout).data.users.length, 4)
})
