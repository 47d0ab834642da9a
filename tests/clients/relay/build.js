// Builds the program in `folder`, as an application's bundler would: Relay's compiler writes an artifact for each document
// in `src`, Relay's Babel plugin replaces the documents with imports of the artifacts, and TypeScript compiles JSX and
// modules to CommonJS in `build`, where imports need no file extension.

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { transformFileAsync } from '@babel/core'
import relay from 'babel-plugin-relay'
import ts from 'typescript'
import { run } from '../checkout.js'

export async function build(folder) {
  const { code, text } = await run(folder, 'relay-compiler')
  if (code !== 0) throw new Error(text)
  const output = join(folder, 'build')
  await mkdir(output)
  await writeFile(join(output, 'package.json'), '{ "type": "commonjs" }')
  const source = join(folder, 'src')
  for (const path of await readdir(source, { recursive: true })) {
    if (!['.js', '.jsx'].includes(extname(path))) continue
    const to = join(output, path.replace(/\.jsx$/, '.js'))
    await mkdir(dirname(to), { recursive: true })
    await writeFile(to, await transpile(join(source, path)))
  }
  return output
}

async function transpile(path) {
  const plugins = [[relay, { eagerEsModules: true }]]
  const { code } = await transformFileAsync(path, { plugins, parserOpts: { plugins: ['jsx'] }, configFile: false })
  const compilerOptions = {
    esModuleInterop: true,
    jsx: ts.JsxEmit.ReactJSX,
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
  }
  return ts.transpileModule(code, { compilerOptions }).outputText
}
