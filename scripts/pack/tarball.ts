import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** A package as it would be published. */
export interface Tarball {
  readonly path: string
  readonly packedBytes: number
  readonly unpackedBytes: number
  readonly manifest: Manifest
  /** Its files and their texts, by their names in the package. */
  readonly files: ReadonlyMap<string, string>
}

const tar = (...given: string[]): string => execFileSync('tar', given, { encoding: 'utf8', maxBuffer: 1 << 28 })

export function readTarball(path: string): Tarball {
  const names = tar('-tzf', path)
    .split('\n')
    .filter((name) => name !== '' && !name.endsWith('/'))
  const texts = names.map((name) => [name.replace(/^package\//, ''), tar('-xzOf', path, name)] as const)
  const files = new Map(texts)
  return {
    path,
    packedBytes: statSync(path).size,
    unpackedBytes: texts.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0),
    manifest: JSON.parse(files.get('package.json') ?? '{}'),
    files,
  }
}

const isTest = /(^|\/)(test|tests|testing|__tests__)\/|\.(test|test-d|spec)\.[cm]?[jt]sx?$|\.env/
const absolutePath = /"(?:file:\/\/)?(?:\/(?:home|root|work|tmp|Users|usr)\/|[A-Z]:\\\\)/
const importOf = /(?:^|[^\w.])(?:from|import|require\()\s*\(?['"](@countersign\/[\w-]+)/gm

/** Why a tarball must not be published, one sentence each. */
export function faultsOf({ manifest, files }: Tarball, published: ReadonlySet<string>): readonly string[] {
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  const faults: string[] = []
  for (const [name, range] of Object.entries({ ...dependencies, ...peerDependencies, ...optionalDependencies })) {
    if (/^(workspace|catalog|link|file):/.test(range)) faults.push(`depends on ${name} by ${range}`)
    if (name.startsWith('@countersign/') && !published.has(name))
      faults.push(`depends on ${name}, which is not published`)
  }
  for (const [name, text] of files) {
    if (isTest.test(name)) faults.push(`contains the test ${name}`)
    if (name.endsWith('.map') && absolutePath.test(text)) faults.push(`contains ${name} with an absolute path`)
    if (!/\.(js|cjs|mjs|ts|cts|mts)$/.test(name)) continue
    const code = text.replaceAll(/^\s*(\*|\/\/|\/\*).*$/gm, '')
    for (const [, imported = ''] of code.matchAll(importOf)) {
      const own = imported === manifest.name || (imported in (dependencies ?? {}) && published.has(imported))
      if (!own) faults.push(`imports ${imported} in ${name}`)
    }
  }
  return [...new Set(faults)]
}
