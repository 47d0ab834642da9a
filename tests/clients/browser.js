// A page in headless Chromium that may reach one server, and must never have tried another.
//
// CHROMIUM names the browser. Screenshots go to target/ide, for people to look at.

import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const folder = fileURLToPath(new URL('../../target/ide', import.meta.url))

export async function launch() {
  await mkdir(folder, { recursive: true })
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // No names but the server's address: nothing that goes past the page's own requests gets anywhere either.
    args: '--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update'
      .split(' ')
      .concat('--disable-sync', '--no-first-run', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'),
  })
}

// The pages that are ready. They hold all of their files.
const ready = new WeakSet()

// Opens `address` of the server at `url`. When `t` ends, the page must have had no errors, must have sent or tried no
// request to another server, and must have requested none of its files after it was ready. `elsewhere` answers the
// requests that may go to other servers; `expected` matches the errors that may happen: their text, then their address.
export async function open(t, browser, url, { address = '/graphql', elsewhere, expected, context: options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const wrong = []
  const note = (text) => expected?.test(text) || wrong.push(text)
  page.on('console', (message) => message.type() === 'error' && note(`${message.text()} ${message.location().url}`))
  page.on('pageerror', (error) => note(String(error)))
  const late = []
  page.on('request', (request) => {
    if (ready.has(page) && request.method() !== 'POST' && /^http/.test(request.url())) late.push(request.url())
  })
  const outside = []
  page.on('websocket', (socket) => {
    if (!socket.url().startsWith(`${url.replace('http', 'ws')}/`)) outside.push(socket.url())
  })
  await context.route(
    (to) => to.origin !== url,
    (route) => {
      if (elsewhere) return elsewhere(route)
      outside.push(route.request().url())
      return route.abort()
    },
  )
  t.after(async () => {
    // What breaks off because the page is closed, such as a worker that is being loaded, is no error of the page.
    const errors = [...wrong]
    await context.close()
    assert.deepEqual(outside, [], 'requests to others')
    assert.deepEqual(late, [], 'files that the page requested after it was ready')
    assert.deepEqual(errors, [], 'errors in the page')
  })
  await page.goto(url + address)
  return page
}

// The page's parts, by what people see of them.
export function ide(page) {
  // Monaco's lines, or those of the editor that GraphiQL had before.
  const selector = (pane) => ['.view-lines', '.CodeMirror-code'].map((lines) => `.graphiql-${pane} ${lines}`).join()
  const lines = (pane) => page.locator(selector(pane)).first()
  // Monaco shows spaces as no-break spaces.
  const text = async (pane) => (await lines(pane).innerText()).replaceAll('\u00a0', ' ')
  return {
    response: () => text('response'),
    // Until the response has these words; gives it.
    async answer(...words) {
      const shows = ([selector, words]) => {
        const shown = document.querySelector(selector)?.innerText.replaceAll('\u00a0', ' ')
        return words.every((word) => shown?.includes(word))
      }
      await page.waitForFunction(shows, [selector('response'), words], { timeout: 10_000 }).catch(async () => {
        throw new Error(`${words.join(', ')} is not shown, but this:\n${await text('response')}`)
      })
      return text('response')
    },
    // Until the query matches. The editor draws its lines a frame after they change.
    async written(pattern) {
      const matches = ([selector, source]) => {
        const written = document.querySelector(selector)?.innerText.replaceAll('\u00a0', ' ')
        return new RegExp(source).test(written)
      }
      await page.waitForFunction(matches, [selector('query-editor'), pattern.source], { timeout: 10_000 }).catch(async () => {
        throw new Error(`the query does not match ${pattern}:\n${await text('query-editor')}`)
      })
    },
    async ready() {
      await lines('query-editor').waitFor()
      // The schema is there when the documentation is.
      await page.getByRole('button', { name: 'Re-fetch GraphQL schema' }).and(page.locator(':not([disabled])')).waitFor()
      ready.add(page)
    },
    tab: (name) => page.getByRole('tablist').getByRole('button', { name, exact: true }),
    run: () => page.getByRole('button', { name: /^Execute query/ }).click(),
    async newTab() {
      await page.getByRole('button', { name: 'New tab' }).click()
      await lines('query-editor').click()
    },
    shot: (name) => page.screenshot({ path: join(folder, `${name}.png`) }),
  }
}
