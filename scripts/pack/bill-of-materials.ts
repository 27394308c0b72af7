// The bill of materials of a package, in the form of CycloneDX. The same package has the same bill: it states no time and no number of
// its own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { neededBy, type ThirdParty } from './third-party.ts'

/** A package of others, and what of it reaches the user: as part of the tarball, or installed beside it. */
export interface Material extends ThirdParty {
  readonly presence: 'bundled' | 'dependency'
  /** The materials that it needs, as `name@version`. */
  readonly needs: readonly string[]
}

interface Owner {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly license: string
  readonly bin?: unknown
}

const keyOf = ({ name, version }: Pick<ThirdParty, 'name' | 'version'>): string => `${name}@${version}`

/** These packages with what they need of each other. */
export function materialsOf(parties: readonly ThirdParty[], presence: Material['presence']): readonly Material[] {
  const keys = new Map(parties.map((party) => [party.folder, keyOf(party)]))
  const needs = ({ folder }: ThirdParty) => neededBy(folder).flatMap((at) => keys.get(at) ?? [])
  return parties.map((party) => ({ ...party, presence, needs: needs(party).toSorted() }))
}

const reference = ({ name, version }: Pick<ThirdParty, 'name' | 'version'>): string =>
  `pkg:npm/${name.replace('@', '%40')}@${version}`

const named = (name: string): object => {
  const [, group, short] = /^(@[^/]+)\/(.+)$/.exec(name) ?? []
  return group === undefined ? { name } : { group, name: short }
}

const licensed = (license: string): object =>
  /[\s(]/.test(license) ? { expression: license } : { license: { id: license } }

/** The digests of the packages' tarballs, by `name@version`. */
export function lockedDigests(root: string): ReadonlyMap<string, string> {
  const { packages } = parse(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly resolution?: { readonly integrity?: string } }>>
  }
  return new Map(
    Object.entries(packages).flatMap(([key, { resolution }]) => {
      const [, digest] = /^sha512-(.+)$/.exec(resolution?.integrity ?? '') ?? []
      return digest === undefined ? [] : [[key, Buffer.from(digest, 'base64').toString('hex')]]
    }),
  )
}

/** @throws Error if a material is not in the lockfile: its content is then unknown. */
export function billOf(owner: Owner, materials: readonly Material[], digests: ReadonlyMap<string, string>): string {
  const byKey = new Map(materials.map((material) => [keyOf(material), material]))
  const components = materials.map((material) => {
    const digest = digests.get(keyOf(material))
    if (digest === undefined) throw new Error(`${keyOf(material)} is not in the lockfile`)
    return {
      type: 'library',
      'bom-ref': reference(material),
      ...named(material.name),
      version: material.version,
      scope: 'required',
      hashes: [{ alg: 'SHA-512', content: digest }],
      licenses: [licensed(material.license)],
      purl: reference(material),
      properties: [{ name: 'countersign:presence', value: material.presence }],
    }
  })
  const needed = new Set(materials.flatMap(({ needs }) => needs))
  const dependencies = [
    // Whatever no other needs is needed by the package itself.
    { ref: reference(owner), dependsOn: materials.filter((material) => !needed.has(keyOf(material))).map(reference) },
    ...materials.map((material) => ({
      ref: reference(material),
      dependsOn: material.needs.flatMap((key) => byKey.get(key) ?? []).map(reference),
    })),
  ]
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: owner.bin === undefined ? 'library' : 'application',
        'bom-ref': reference(owner),
        ...named(owner.name),
        version: owner.version,
        ...(owner.description === undefined ? {} : { description: owner.description }),
        licenses: [{ license: { id: owner.license } }],
        purl: reference(owner),
      },
    },
    components,
    dependencies,
  }
  return `${JSON.stringify(bill, null, 2)}\n`
}
