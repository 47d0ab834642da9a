// Builds the IDE's page from npm's packages: scripts, workers, styles and fonts into `dist`, each with a hash of its
// content in its name and gzipped, and `dist/manifest`, a line for each. Run by build.rs after `npm ci`.

import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

const common = {
  absWorkingDir: path('.'),
  bundle: true,
  minify: true,
  write: false,
  outdir: 'dist',
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  target: ['chrome109', 'firefox115', 'safari16'],
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
}

// Monaco's workers. The page must know their names, so they come first.
const workers = await build({
  ...common,
  format: 'iife',
  entryPoints: {
    'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
    'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
    'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
  },
})

// GraphiQL's style sheets hold their fonts as data: the page may load fonts from its server only. Of each font only
// the Latin parts are kept; other scripts are shown in the system's.
const fonts = {
  name: 'fonts',
  setup(build) {
    const files = new Map()
    build.onLoad({ filter: /[/\\]font[/\\][\w-]+\.css$/ }, async ({ path }) => {
      const faces = (await readFile(path, 'utf8')).split(/(?=@font-face)/)
      const latin = faces.filter((face) => /U\+0000-00FF|U\+0100-/.test(face))
      const contents = latin.map((face, index) =>
        face.replace(/url\(data:font\/(\w+);base64,([^)]+)\)/, (_, kind, data) => {
          const name = `font:${basename(path, '.css')}-${index}.${kind}`
          files.set(name, Buffer.from(data, 'base64'))
          return `url(${name})`
        }),
      )
      return { contents: contents.join(''), loader: 'css' }
    })
    build.onResolve({ filter: /^font:/ }, ({ path }) => ({ path: path.slice('font:'.length), namespace: 'font' }))
    build.onLoad({ filter: /./, namespace: 'font' }, ({ path }) => ({
      contents: files.get(`font:${path}`),
      loader: 'file',
    }))
  },
}

const tabs = {
  name: 'tabs',
  setup(build) {
    build.onResolve({ filter: /^framer-motion$/ }, ({ importer }) =>
      /@graphiql[/\\]react/.test(importer) ? { path: path('page/reorder.js') } : undefined,
    )
  },
}

const page = await build({
  ...common,
  format: 'esm',
  entryPoints: { main: 'page/main.js' },
  loader: { '.ttf': 'file' },
  // GraphiQL formats variables with Prettier's JavaScript parser, which is larger than all of GraphiQL.
  alias: { 'prettier/parser-babel': './page/jsonc.js', 'prettier/plugins/estree': './page/jsonc.js' },
  define: {
    ...common.define,
    WORKERS: JSON.stringify(
      Object.fromEntries(workers.outputFiles.map((file) => [basename(file.path).split('.')[0], basename(file.path)])),
    ),
  },
  plugins: [fonts, tabs],
})

// The packages whose code is in the page, and their licences, which go where the code goes.
const packages = new Set(
  [workers, page].flatMap(({ metafile }) =>
    Object.keys(metafile.inputs).flatMap((input) => input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []),
  ),
)
const licences = []
for (const folder of [...packages].sort()) {
  const { name, version, license } = JSON.parse(await readFile(path(join(folder, 'package.json')), 'utf8'))
  const file = (await readdir(path(folder))).find((file) => /^licen[cs]e(\.\w+)?$/i.test(file))
  const text = file ? await readFile(path(join(folder, file)), 'utf8') : ''
  licences.push(`${name} ${version}: ${license}\n\n${text.trim()}\n`)
}
const contents = Buffer.from(licences.join('\n----\n\n'))
const hash = createHash('sha256').update(contents).digest('hex').slice(0, 8)

const dist = path('dist')
await mkdir(dist, { recursive: true })
const files = [...workers.outputFiles, ...page.outputFiles, { path: `licences-${hash}.txt`, contents }]
for (const file of files) {
  await writeFile(join(dist, basename(file.path)), gzipSync(file.contents, { level: 9 }))
}
// build.rs reads this: a line for each file, those that the page names by their kind.
const lines = files.map(({ path }) => {
  const name = basename(path)
  const kind = { main: { '.js': 'script', '.css': 'style' }[extname(name)], licences: 'licences' }[name.split('-')[0]] ?? 'file'
  return `${kind} ${name}\n`
})
await writeFile(join(dist, 'manifest'), lines.sort().join(''))
