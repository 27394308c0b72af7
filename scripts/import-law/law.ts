/** The law itself, as data. What is not allowed here is forbidden. */

/** A package, or another folder at the root, and what it may import. */
export interface Part {
  readonly folder: string
  /** Packages of this workspace that it may import, by their public entries. */
  readonly knows: readonly string[]
  /** More of them that its tests may import. */
  readonly testsKnow?: readonly string[]
  /** The only modules of Node that it may import; absent: all. */
  readonly builtins?: readonly string[]
}

const everything = ['core', 'store', 'resources', 'client', 'server', 'spec']

export const parts: readonly Part[] = [
  // Pure functions of cryptography, address parsing and a checksum; neither files nor sockets nor the process.
  { folder: 'packages/core', knows: [], builtins: ['node:crypto', 'node:net', 'node:zlib'] },
  { folder: 'packages/store', knows: ['core', 'resources'] },
  { folder: 'packages/resources', knows: [] },
  { folder: 'packages/client', knows: ['spec'], testsKnow: ['server'] },
  { folder: 'apps/server', knows: ['core', 'store', 'resources', 'spec'], testsKnow: ['client'] },
  { folder: 'spec', knows: [] },
  { folder: 'scripts', knows: [] },
  { folder: 'proofs', knows: everything },
  { folder: 'examples', knows: everything },
  { folder: 'bench', knows: everything },
  { folder: 'campaigns', knows: everything },
]

/** Entries of packages that only tests may import. */
export const testingEntries = /^@countersign\/[^/]+\/(testing|conformance)(\/|$)/

/** Parts in which every file counts as a test. */
export const proofParts = ['proofs', 'bench', 'campaigns']

/** Imports across parts by path instead of by name: the scripts that generate from the contract use its bundler. */
export const pathsAcross: readonly { readonly from: RegExp; readonly to: RegExp }[] = [
  { from: /^scripts\//, to: /^spec\// },
  // They compare the documents with what they describe.
  { from: /^scripts\/test\//, to: /^/ },
  // They hold both sides to the contract with the server's own recorder, router and validator.
  { from: /^proofs\/src\/contract\//, to: /^apps\/server\/(src\/(http|testing)|test)\// },
  { from: /^vitest\.config\.ts$/, to: /^scripts\// },
]

/** Dependencies that one place alone may know. Tests are free, as are the rooms that look at the whole from outside. */
export const homes: readonly { readonly of: RegExp; readonly in: RegExp; readonly why: string }[] = [
  {
    of: /^express-openapi-validator(\/|$)/,
    in: /^apps\/server\/src\/http\/contract\/(validate|shape-error|parameter-shape)\.ts$/,
    why: 'only http/contract/validate.ts and its neighbours know the validator',
  },
  {
    of: /^express$/,
    in: /^(apps\/server\/src\/http\/binding\/express\.ts|examples\/.*)$/,
    why: 'only http/binding/express.ts knows Express',
  },
  { of: /^(kysely|pg|node:sqlite)(\/|$)/, in: /^packages\/store\//, why: 'only the store knows SQL' },
]

/** Where time, randomness and the process are reached through ports alone. */
export const ownWorld = /^packages\/core\//

/** Files of the server that may import the store: those that open it, and the commands that work while no server runs. */
export const storeOpeners = /^apps\/server\/src\/(cli|compose|serve|data-folder|log)\//

export const longestFileLines = 300
/** Tests and generated files are not counted. */
export const mostFilesInFolder = 14
export const longestTestLines = 600
export const deepestFolders = 3
export const emptyNames = ['utils', 'util', 'helpers', 'helper', 'common', 'manager']
/** Tools that are configured by a module insist on a default export. */
export const mayDefaultExport = /\.config\.ts$|^spec\/lint\//
