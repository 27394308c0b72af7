// The programs of the runtimes once more as CommonJS, in a folder of their own.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'

const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 }

const main = `const { live } = require('./life.js')
const [, , baseUrl, password] = process.argv
live(baseUrl, password).then((told) => console.log(JSON.stringify(told)))
`

const test = `const { writeFileSync } = require('node:fs')
const { live } = require('./life.js')
test('a life', async () => {
  const { BASE_URL, PASSWORD } = process.env
  writeFileSync('told.json', JSON.stringify(await live(BASE_URL, PASSWORD)))
}, 60000)
`

/** Writes `commonjs/` into the folder in which the client is installed. */
export async function writeCommonJs(folder: string): Promise<void> {
  const target = join(folder, 'commonjs')
  await mkdir(target)
  const life = await readFile(join(folder, 'life.mjs'), 'utf8')
  const files = {
    'package.json': '{ "type": "commonjs" }',
    'life.js': ts.transpileModule(life, { compilerOptions }).outputText,
    'main.js': main,
    'life.test.js': test,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(target, name), text)
}
