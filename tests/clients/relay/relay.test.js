// Relay: its compiler with the schema, and a page of React components in happy-dom.

import test, { after } from 'node:test'
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Window } from 'happy-dom'
import { checkout } from '../checkout.js'
import { serve } from '../doorway.js'
import * as others from '../others.js'
import { unwinding } from '../unwind.js'
import { record } from '../wire.js'
import { build } from './build.js'

const require = createRequire(join(await build(await checkout(after, 'relay')), 'Author.js'))

// Relay keeps the data of an unmounted component for five minutes. Its timer must not keep this process running.
const { setTimeout } = globalThis
globalThis.setTimeout = (callback, delay, ...rest) => {
  const timer = setTimeout(callback, delay, ...rest)
  return delay === 300_000 ? timer.unref() : timer
}

// Shows the page of `username`, and returns what a person sees and can do there. Warnings of React and Relay fail the test.
async function open(t, username) {
  const complaints = [t.mock.method(console, 'error'), t.mock.method(console, 'warn')]
  const end = unwinding(t)
  const server = await serve(end)
  const window = new Window()
  end.after(() => window.happyDOM.close())
  const { document, navigator } = window
  for (const [name, value] of Object.entries({ window, document, navigator }))
    Object.defineProperty(globalThis, name, { value, configurable: true })
  const { createElement } = require('react')
  const { createRoot } = require('react-dom/client')
  const { makeEnvironment } = require('./environment.js')
  const { App } = require('./Author.js')

  const { fetch, exchanges } = record()
  const { environment, stop } = makeEnvironment({ endpoint: server.endpoint, fetch })
  end.after(stop)
  const root = createRoot(document.body)
  root.render(createElement(App, { environment, username }))
  end.after(() => {
    root.unmount()
    assert.deepEqual(complaints.flatMap(({ mock }) => mock.calls.map((call) => call.arguments)), [])
  })

  // Waits until `condition` holds for the page, or the test times out.
  const until = (condition) =>
    new Promise((resolve) => {
      const look = () => {
        if (!condition()) return
        observer.disconnect()
        resolve()
      }
      const observer = new window.MutationObserver(look)
      observer.observe(document.body, { attributes: true, characterData: true, childList: true, subtree: true })
      look()
    })
  const find = (selector) => document.querySelector(selector)
  const text = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent)
  const titles = () => text('li b')
  await until(() => titles().length > 0)
  return { ...server, environment, exchanges, until, find, text, titles, firstId: () => find('li').id.replace('post-', '') }
}

test('a page opens with one request, each component reading its fragment', { timeout: 20_000 }, async (t) => {
  const page = await open(t, 'ada-moreno')
  assert.deepEqual(page.text('h1'), ['Ada Moreno'])
  assert.deepEqual(page.titles(), ['UUIDs that sort', 'One-to-one is a unique key'])
  assert.equal(page.text('li i')[1], 'data modelling, sql')
  assert.deepEqual(page.exchanges.map(({ body }) => body.operationName), ['AuthorPageQuery'])
})

test('loadNext fetches page 2 through node, and appends it to page 1', { timeout: 20_000 }, async (t) => {
  const page = await open(t, 'ada-moreno')
  page.find('#more').click()
  await page.until(() => page.titles().length === 3)
  assert.deepEqual(page.titles(), ['UUIDs that sort', 'One-to-one is a unique key', 'Hello, Doorway'])
  assert.equal(page.find('#more').disabled, true)

  const [first, second] = page.exchanges
  assert.equal(second.body.operationName, 'AuthorPostsPaginationQuery')
  assert.match(second.body.query, /node\(id: \$id\)/)
  const { user } = first.answer.data
  assert.equal(second.body.variables.id, user.id)
  assert.equal(second.body.variables.cursor, user.blogPostsConnection.pageInfo.endCursor)
  assert.equal(second.answer.data.node.__typename, 'User')
  assert.equal(second.answer.data.node.blogPostsConnection.edges.length, 1)
})

test('refetch fetches the list in another order through node', { timeout: 20_000 }, async (t) => {
  const page = await open(t, 'ada-moreno')
  page.find('#by-title').click()
  await page.until(() => page.titles()[0] === 'Hello, Doorway')
  assert.deepEqual(page.titles(), ['Hello, Doorway', 'One-to-one is a unique key'])
  const { operationName, variables } = page.exchanges[1].body
  assert.equal(operationName, 'AuthorPostsPaginationQuery')
  assert.deepEqual(variables.orderBy, [{ title: 'ASC' }])
})

test('a mutation updates the store by id, and fetches nothing', { timeout: 20_000 }, async (t) => {
  const page = await open(t, 'ada-moreno')
  const id = page.firstId()
  page.find('li button').click()
  await page.until(() => page.titles()[0] === 'UUIDs that sort!')
  const { operationName, variables } = page.exchanges[1].body
  assert.equal(operationName, 'AuthorRetitleMutation')
  assert.deepEqual(variables.input, { id, expectedVersion: 1, title: 'UUIDs that sort!' })
  assert.equal(page.exchanges.length, 2)
  const stored = page.environment.getStore().getSource().get(id)
  assert.deepEqual([stored.__typename, stored.version], ['BlogPost', 2])
})

test('a subscription updates the store by id', { timeout: 20_000 }, async (t) => {
  const page = await open(t, 'ada-moreno')
  const id = page.firstId()
  const shown = page.until(() => page.titles()[0].startsWith('Told'))
  await others.retitleUntil(shown, page.endpoint, id, 'Told')
  assert.equal(page.environment.getStore().getSource().get(id).__typename, 'BlogPost')
  assert.equal(page.exchanges.length, 1)
})
