// What a page loads, bundled with all that it depends on, minified and compressed. docs/adr/0032 has the limits.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { describe, expect, it } from 'vitest'

const home = fileURLToPath(new URL('..', import.meta.url))

/** Bytes of a program that consists of this text. */
async function sizeOf(program: string): Promise<number> {
  const input = join(home, 'program.js')
  const build = await rolldown({
    input,
    platform: 'browser',
    resolve: { conditionNames: ['countersign', 'import', 'default'] },
    // A missing export is an error, and not a smaller program.
    onLog: (_level, log) => {
      throw new Error(log.message)
    },
    plugins: [
      {
        name: 'program',
        resolveId: (id) => (id === input ? id : null),
        load: (id) => (id === input ? program : null),
      },
    ],
  })
  try {
    const { output } = await build.generate({ format: 'esm', minify: true, comments: false })
    return gzipSync(output[0].code, { level: 9 }).byteLength
  } finally {
    await build.close()
  }
}

describe('bundled with its dependencies, minified and compressed', () => {
  it.for<[string, string, number?]>([
    ['createTokens', "export { createTokens } from '@countersign/client'", 6000],
    ['createClient', "export { createClient } from '@countersign/client'"],
    ['passwordSession', "export { passwordSession } from '@countersign/client'"],
    [
      'createTokens, passwordSession and webStore',
      "export { createTokens, passwordSession } from '@countersign/client'; export { webStore } from '@countersign/client/web'",
      10_000,
    ],
    [
      'createClient, clientCredentials and unwrap',
      "export { clientCredentials, createClient, unwrap } from '@countersign/client'",
      10_000,
    ],
    [
      'createClient, passwordSession and unwrap',
      "export { createClient, passwordSession, unwrap } from '@countersign/client'",
      12_000,
    ],
    ['all of the main entry', "export * from '@countersign/client'", 13_000],
    ['all of /dialects', "export * from '@countersign/client/dialects'"],
    ['all of /web', "export * from '@countersign/client/web'"],
  ])('%s', async ([name, program, limit = Number.POSITIVE_INFINITY]) => {
    const bytes = await sizeOf(program)
    console.log(`${name}: ${bytes} bytes${limit < Number.POSITIVE_INFINITY ? ` of ${limit}` : ''}`)
    expect(bytes).toBeLessThanOrEqual(limit)
  })
})
