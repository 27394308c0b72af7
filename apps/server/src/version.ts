import { createRequire } from 'node:module'

const { version: own } = createRequire(import.meta.url)('../package.json') as { version: string }

/** The server's version. */
export const version: string = own
