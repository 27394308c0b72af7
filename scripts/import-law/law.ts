/** The law as data. What is not allowed here is forbidden. */

/** A package, or another folder at the root, and what it may import. */
export interface Part {
  readonly folder: string
  /** Workspace packages that it may import, by their public entries. */
  readonly knows: readonly string[]
  /** Further packages that its tests may import. */
  readonly testsKnow?: readonly string[]
  /** The only Node.js modules that it may import. Absent: all. */
  readonly builtins?: readonly string[]
}

const everything = ['core', 'store', 'resources', 'client', 'verifier', 'server', 'spec', 'testing']

export const parts: readonly Part[] = [
  // Only cryptography, address parsing and a checksum; no files, sockets or process.
  { folder: 'packages/core', knows: [], builtins: ['node:crypto', 'node:net', 'node:zlib'] },
  { folder: 'packages/store', knows: ['core', 'resources'] },
  { folder: 'packages/resources', knows: [] },
  { folder: 'packages/client', knows: ['spec'], testsKnow: ['server', 'testing'] },
  // The other packages are what it must not need: it is published.
  { folder: 'packages/verifier', knows: [], testsKnow: ['server', 'core', 'testing'], builtins: [] },
  // The server for tests of other programs: it is built of the harness of the server's own tests.
  { folder: 'packages/testing', knows: ['core', 'server'] },
  { folder: 'apps/server', knows: ['core', 'store', 'resources', 'spec'], testsKnow: ['client'] },
  // The page calls the server as any other program does.
  { folder: 'apps/console', knows: ['client'], testsKnow: ['server', 'spec'] },
  { folder: 'spec', knows: [] },
  { folder: 'scripts', knows: [] },
  { folder: 'proofs', knows: everything },
  { folder: 'examples', knows: everything },
  { folder: 'bench', knows: everything },
  { folder: 'campaigns', knows: everything },
]

/** Package entries that only tests may import. */
export const testingEntries = /^@countersign\/[^/]+\/(testing|conformance)(\/|$)/

/** Parts in which every file counts as a test. */
export const proofParts = ['proofs', 'bench', 'campaigns', 'packages/testing']

/** Imports between parts by path instead of by name. The generator scripts use the contract's bundler. */
export const pathsAcross: readonly { readonly from: RegExp; readonly to: RegExp }[] = [
  { from: /^scripts\//, to: /^spec\// },
  // The package contains the same bundle that a checkout runs, with other places of files.
  { from: /^scripts\/pack\//, to: /^apps\/server\/bundle\.ts$/ },
  // These tests compare documents with the code.
  { from: /^scripts\/test\//, to: /^/ },
  // These tests use the server's own recorder, router and validator.
  { from: /^proofs\/src\/contract\//, to: /^apps\/server\/(src\/(http|testing)|test)\// },
  // Where the runtimes are is the same for the published packages.
  { from: /^packages\/(verifier|testing)\/test\//, to: /^packages\/client\/test\/runtimes\/executables\.ts$/ },
  { from: /^vitest\.config\.ts$/, to: /^scripts\// },
]

/** Dependencies that only one place may use. Tests and the parts that test the whole may use all. */
export const restrictedDependencies: readonly { readonly of: RegExp; readonly in: RegExp; readonly why: string }[] = [
  {
    of: /^express-openapi-validator(\/|$)/,
    in: /^(spec\/compiler\/compile\.ts|examples\/.*)$/,
    why: 'only spec/compiler/compile.ts knows the validator',
  },
  {
    of: /^express$/,
    in: /^(apps\/server\/src\/http\/binding\/express\.ts|examples\/.*)$/,
    why: 'only http/binding/express.ts knows Express',
  },
  { of: /^(kysely|pg|node:sqlite)(\/|$)/, in: /^packages\/store\//, why: 'only the store knows SQL' },
]

/** Where time, randomness and the process are available only through ports. */
export const throughPortsOnly = /^packages\/core\//

/** Server files that may know the store: those that open it, and commands on its files. All others call use cases. */
export const storeOpeners = /^apps\/server\/src\/(cli\/storage|compose|serve)\//

export const longestFileLines = 300
/** Without tests and generated files. */
export const mostFilesInFolder = 14
export const longestTestLines = 600
export const deepestFolders = 3
export const forbiddenNames = ['utils', 'util', 'helpers', 'helper', 'common', 'manager']
/** Tools with a configuration module require a default export. */
export const mayDefaultExport = /\.config\.ts$|^spec\/lint\//
