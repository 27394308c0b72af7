/** The law itself, as data. What is not allowed here is forbidden. */

/** A part of the workspace: everything below `folder`. */
export interface Room {
  readonly folder: string
  /** Packages of this workspace that it may import, by their public entries. */
  readonly knows: readonly string[]
  /** More of them that its tests may import. */
  readonly testsKnow?: readonly string[]
  /** The only modules of Node that it may import; absent: all. */
  readonly builtins?: readonly string[]
}

const everything = ['core', 'store', 'resources', 'client', 'verifier', 'server', 'spec']

export const rooms: readonly Room[] = [
  // Pure functions of cryptography, address parsing and a checksum; neither files nor sockets nor the process.
  { folder: 'packages/core', knows: [], builtins: ['node:crypto', 'node:net', 'node:zlib'] },
  { folder: 'packages/store', knows: ['core', 'resources'] },
  { folder: 'packages/resources', knows: [] },
  { folder: 'packages/client', knows: ['spec'], testsKnow: ['server'] },
  { folder: 'packages/verifier', knows: [], testsKnow: ['server', 'client'] },
  { folder: 'apps/server', knows: ['core', 'store', 'resources', 'spec'], testsKnow: ['client', 'verifier'] },
  { folder: 'apps/console', knows: ['client'], testsKnow: ['server'] },
  { folder: 'spec', knows: [] },
  { folder: 'scripts', knows: [] },
  { folder: 'proofs', knows: everything },
  { folder: 'examples', knows: everything },
  { folder: 'bench', knows: everything },
]

/** Entries of packages that only tests may import. */
export const testingEntries = /^@countersign\/[^/]+\/(testing|conformance)$/

/** Rooms in which every file counts as a test. */
export const proofRooms = ['proofs', 'bench']

/** Imports across rooms by path instead of by name: the scripts that make things from the contract drive its bundler. */
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
    in: /^(apps\/server\/src\/http\/binding\/express\.ts|examples\/.*|packages\/verifier\/.*)$/,
    why: 'only http/binding/express.ts knows Express',
  },
  { of: /^(kysely|pg|node:sqlite)(\/|$)/, in: /^packages\/store\//, why: 'only the store knows SQL' },
]

/** Parts of the server that must not know one another, by path. */
export const serverParts: readonly { readonly from: RegExp; readonly notTo: RegExp; readonly why: string }[] = [
  {
    from: /^apps\/server\/src\/dialects\/(?!kit\/)([^/]+)\//,
    notTo: /^apps\/server\/src\/main\.ts$|^apps\/server\/src\/(cli|compose|config|serve)\//,
    why: 'a dialect is a translation: it does not know how the server is put together',
  },
  {
    from: /^apps\/server\/src\/(http|pipeline)\//,
    notTo: /^apps\/server\/src\/(dialects|native|oauth|cli)\//,
    why: 'the way of a request does not know what is at its end',
  },
]

/** Where time, chance and the process are known through ports alone. */
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
