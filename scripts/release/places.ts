// Where the version stands.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ReleaseError } from './version.ts'

/** The contract, and its examples that show the version of the server. */
const contractParts: readonly { readonly file: string; readonly before: string }[] = [
  { file: 'spec/openapi.yaml', before: '\n  version: ' },
  { file: 'spec/operations.yaml', before: 'info: { title: Countersign, version: ' },
  { file: 'spec/dialects/manifold.yaml', before: 'product_release: ' },
]

const manifests = ['{packages,apps}/*/package.json', '{spec,bench,campaigns,examples,proofs}/package.json']

/** The version of the workspace: that of the server. */
export const versionOf = (root: string): string =>
  JSON.parse(readFileSync(join(root, 'apps/server/package.json'), 'utf8')).version as string

/**
 * Replaces the version everywhere, in the sources.
 *
 * @throws ReleaseError if a file does not have the old version; nothing is written then.
 */
export function setVersion(root: string, from: string, to: string): readonly string[] {
  const parts = [
    ...globSync(manifests, { cwd: root, exclude: (name) => name === 'node_modules' })
      .toSorted()
      .map((file) => ({ file, before: '\n  "version": "' })),
    ...contractParts,
  ]
  const written = parts.map(({ file, before }) => {
    const text = readFileSync(join(root, file), 'utf8')
    if (!text.includes(before + from)) throw new ReleaseError(`${file} does not have the version ${from}`)
    return { file, text: text.replace(before + from, () => before + to) }
  })
  for (const { file, text } of written) writeFileSync(join(root, file), text)
  return written.map(({ file }) => file)
}
