import { globSync, readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { BundleError, join, type Node, type Source } from './join.ts'

/** The root; every other YAML file beside it, and every one under `dialects/`, is a fragment. */
const rootFile = 'openapi.yaml'

/** The fragments of a contract's folder, concerns first, each kind by name: found, never listed. */
export const fragmentFiles = (folder: string): string[] => [
  ...globSync('*.yaml', { cwd: folder })
    .filter((file) => file !== rootFile)
    .sort(),
  ...globSync('dialects/*.yaml', { cwd: folder }).sort(),
]

/**
 * Reads and joins a contract.
 *
 * @param folder Holds `openapi.yaml`.
 * @throws BundleError The files clash, or one is not YAML.
 */
export const bundle = (folder: string): Node =>
  join(
    read(folder, rootFile),
    fragmentFiles(folder).map((file) => read(folder, file)),
  )

/** The bundle as it is committed: pretty, its key order that of the files, one newline at the end. */
export const print = (document: Node): string => `${JSON.stringify(document, undefined, 2)}\n`

const read = (folder: string, file: string): Source => {
  const text = readFileSync(joinPath(folder, file), 'utf8')
  try {
    return { file, content: parse(text, { uniqueKeys: true, version: '1.2' }) as Node }
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    // Its message begins with what is wrong and where, and then quotes the place.
    throw new BundleError(`spec/${file}:${error.linePos?.[0].line ?? 1} is not YAML: ${error.message}`)
  }
}
