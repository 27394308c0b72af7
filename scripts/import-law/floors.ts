/**
 * The floors of each package, from the top down. A file imports from floors below its own and from its own folder;
 * folders on one floor do not import each other. An entry is a folder below `src` (`dialects/*` stands for each folder
 * in it) or a file in `src`. A file belongs to the longest entry that contains it.
 */
export type Floors = readonly (readonly string[])[]

export const floorsOf: Readonly<Record<string, Floors>> = {
  'packages/core': [
    ['index.ts'],
    ['use-cases.ts'],
    ['admin'],
    ['grants'],
    ['access', 'authentication'],
    ['totp'],
    ['throttle'],
    ['domain', 'tokens'],
    ['keys'],
    ['ports/store'],
    ['model'],
    ['model/authorization'],
    ['model/principals'],
    ['ports/system', 'precis'],
  ],
  'packages/store': [
    ['index.ts'],
    ['reseal'],
    ['backup'],
    ['open'],
    ['principals', 'operation', 'resources', 'transfer', 'sealed'],
    ['authorizations', 'factors'],
    ['validity'],
    ['audit', 'revocations'],
    ['sequences', 'migrations'],
    ['engine/postgres', 'engine/sqlite', 'schema'],
    ['engine'],
  ],
  'packages/resources': [['index.ts', 'docker.ts'], ['droplets'], ['recent-files.ts']],
  'packages/client': [
    ['index.ts', 'dialects.ts'],
    ['calls', 'node', 'browser', 'sources'],
    ['tokens'],
    ['session'],
    ['transport'],
  ],
  'packages/verifier': [
    ['index.ts', 'express.ts', 'fastify.ts', 'hono.ts', 'fetch.ts', 'node.ts'],
    ['guards'],
    ['verifier'],
    ['tokens'],
    ['feed'],
    ['issuer'],
    ['transport'],
    ['model'],
  ],
  'apps/server': [
    ['main.ts', 'index.ts'],
    ['cli'],
    ['cli/apis', 'cli/clients', 'cli/storage', 'cli/keys', 'cli/users'],
    ['cli/command'],
    ['serve'],
    ['compose'],
    ['dialects'],
    ['dialects/*', 'native', 'native/running', 'operations'],
    ['dialects/kit', 'native/wire', 'oauth'],
    ['pipeline'],
    ['errors'],
    ['http/binding', 'http/contract'],
    ['http/parse'],
    ['http'],
    ['audit'],
    ['adapters', 'tls'],
    ['data-folder'],
    ['log'],
    ['config'],
    ['carried-files.packed.ts'],
    ['version.ts', 'carried-files.ts', 'generated'],
  ],
  'apps/console': [
    ['main.tsx'],
    ['shell'],
    ['views/*'],
    ['authorizations'],
    ['audit'],
    ['subjects'],
    ['actions'],
    ['parts/table'],
    ['parts/form'],
    ['parts'],
    ['state'],
    ['language'],
    ['language/de'],
    ['language/en'],
    ['preferences.ts'],
  ],
}

/**
 * The list that `pnpm imports` prints and ARCHITECTURE.md shows: one line per floor, with the package's name on its
 * first.
 */
export function listOfFloors(): string {
  return Object.entries(floorsOf)
    .flatMap(([folder, floors]) =>
      floors.map((floor, index) => `${(index === 0 ? folder : '').padEnd(20)}${floor.join('  ')}`),
    )
    .join('\n')
}

export interface Place {
  /** The entry that contains the file. */
  readonly entry: string
  /** Counted from the top. */
  readonly floor: number
}

/** The floor of a file; `undefined` if no floor of its package contains it. */
export function placeOf(floors: Floors, path: string): Place | undefined {
  let found: Place | undefined
  for (const [floor, entries] of floors.entries()) {
    for (const named of entries) {
      const entry = named.endsWith('/*') ? folderIn(named.slice(0, -1), path) : named
      const isIn = entry !== undefined && (path === entry || path.startsWith(`${entry}/`))
      // A name takes precedence over a pattern: `dialects/kit` is not a dialect.
      if (
        isIn &&
        (found === undefined || entry.length > found.entry.length || (entry === found.entry && !named.endsWith('/*')))
      ) {
        found = { entry, floor }
      }
    }
  }
  return found
}

function folderIn(parent: string, path: string): string | undefined {
  const [folder, ...rest] = path.startsWith(parent) ? path.slice(parent.length).split('/') : []
  return rest.length > 0 && folder !== undefined ? `${parent}${folder}` : undefined
}
