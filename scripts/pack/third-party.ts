// The packages of others: what they are, what they need, and what has to be shipped with them.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface ThirdParty {
  readonly folder: string
  readonly name: string
  readonly version: string
  /** An SPDX identifier or expression. */
  readonly license: string
}

/** Licences that permit shipping in a program, if their text is shipped too. */
const permitted = new Set(['MIT', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'])
const notice = /^(licen[cs]e|copying|notice)|\.license\.txt$/i

const manifestIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** Old manifests have a list of licences. */
function thirdPartyAt(folder: string): ThirdParty {
  const { name, version, license, licenses } = manifestIn(folder)
  const stated = license ?? licenses?.[0]?.type
  if (typeof stated !== 'string') throw new Error(`${name} ${version} states no licence`)
  return { folder, name, version, license: stated }
}

const inOrder = (folders: Iterable<string>): readonly ThirdParty[] =>
  [...new Set(folders)]
    .map(thirdPartyAt)
    .toSorted((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1))

/** The packages that these files are of. */
export const thirdPartiesOf = (files: readonly string[]): readonly ThirdParty[] => inOrder(files.map(folderOf))

/** Some packages have further manifests in their folders, which only say what kind of modules are there. */
function folderOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && 'version' in manifestIn(folder)) return realpathSync(folder)
  }
  throw new Error(`${file} is in no package`)
}

/** What is installed with the package in this folder: its dependencies, and theirs. */
export function installedWith(folder: string): readonly ThirdParty[] {
  const found = new Set<string>()
  const waiting = [...neededBy(folder)]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue
    found.add(next)
    waiting.push(...neededBy(next))
  }
  return inOrder(found)
}

/** The folders of its dependencies. @throws Error if one of them is not installed, unless it is optional. */
export function neededBy(folder: string): readonly string[] {
  const { dependencies = {}, optionalDependencies = {} } = manifestIn(folder)
  return Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) => {
    const at = packageFolder(name, folder)
    if (at === undefined && !(name in optionalDependencies))
      throw new Error(`${folder} needs ${name}, which is not installed`)
    return at ?? []
  })
}

/** The size of a package's own files. */
export const bytesOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)

/** Where a package finds another one. */
export function packageFolder(name: string, from: string): string | undefined {
  for (let folder = realpathSync(from); folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
  }
  return undefined
}

/** One text with every notice. @throws Error if a licence does not permit to ship the package. */
export function noticesOf(parties: readonly ThirdParty[]): string {
  const sections = parties.map(({ folder, name, version, license }) => {
    if (!permitted.has(license)) throw new Error(`${name} ${version} must not be shipped: its licence is ${license}`)
    const files = readdirSync(folder).filter((file) => notice.test(file))
    const texts = files.toSorted().map((file) => readFileSync(join(folder, file), 'utf8').trim())
    return [
      `${name} ${version} (${license})`,
      ...(texts.length > 0 ? texts : ['Its package has no licence text.']),
    ].join('\n\n')
  })
  const rule = `\n\n${'-'.repeat(80)}\n\n`
  return `${['This package contains software of others.', ...sections].join(rule)}\n`
}
