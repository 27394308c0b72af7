import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { dialectNames, dialects } from '../../src/dialects/registry.ts'
import { type Route, routes } from '../../src/generated/index.ts'
import { type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { appearance } from '../security/login-paths.ts'
import { contract } from './document.ts'

const start = async (flags: Record<string, string>) => {
  const server = await startRecordedServer({ flags, alone: true })
  onTestFinished(() => server.close())
  return server
}

interface Operation {
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, unknown>>[]
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

const table = Object.values(routes) as readonly Route[]

/** The contract without some of its dialects, as a reader of the whole one would take them out. */
function without(off: readonly string[]): object {
  const gone = new Set(dialects.filter(({ name }) => off.includes(name)).flatMap(({ schemes }) => Object.keys(schemes)))
  const keep = JSON.parse(JSON.stringify(contract)) as Record<string, never> & {
    paths: Record<string, Record<string, Operation>>
    tags: { name: string }[]
    components: { securitySchemes: Record<string, unknown> }
  }
  for (const [path, item] of Object.entries(keep.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (off.includes(operation.tags[0] ?? '')) delete item[method]
      else {
        const security = operation.security.filter((one) => !Object.keys(one).some((name) => gone.has(name)))
        Object.assign(operation, { security })
      }
    }
    if (Object.keys(item).length === 0) delete keep.paths[path]
  }
  keep.tags = keep.tags.filter(({ name }) => !off.includes(name))
  for (const name of gone) delete keep.components.securitySchemes[name]
  return keep
}

const methods = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'] as const
const concrete = (path: string): string =>
  path
    .replace('/console/assets/{asset}', '/console/assets/stand-in-1a2b3c4d.js')
    .replace('{asset}', 'start.js')
    .replaceAll(/\{\w+\}/g, '0'.repeat(22))

/** Every path of the whole contract with every method: what is bound, as any client can find out. */
async function boundRoutes(server: RecordedServer): Promise<readonly string[]> {
  const paths = [...new Set(table.map(({ path }) => path))]
  const answers = paths.flatMap((path) =>
    methods.map(async (method) => {
      const { status } = await server.running.fetch(concrete(path), { method })
      return status === 404 || status === 405 ? [] : [`${method} ${path}`]
    }),
  )
  return (await Promise.all(answers)).flat().sort()
}

/** What a contract says that there is. HEAD is where GET is, unless that changes something. */
const documentedRoutes = ({ paths }: { readonly paths: Paths }): readonly string[] =>
  Object.entries(paths)
    .flatMap(([path, item]) =>
      Object.keys(item).flatMap((method) => {
        const route = table.find((one) => one.path === path && one.method === method.toUpperCase())
        const heads = method === 'get' && !route?.stateChanging ? [`HEAD ${path}`] : []
        return [`${method.toUpperCase()} ${path}`, ...heads]
      }),
    )
    .sort()

const off = [...dialectNames.map((name) => [name]), dialectNames]
const settingFor = (gone: readonly string[]): string =>
  dialectNames.filter((name) => !gone.includes(name)).join(',') || 'none'

let data: string
let whole: RecordedServer
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'countersign-served-'))
  whole = await startRecordedServer({ data })
})
afterAll(async () => {
  await whole.close()
  rmSync(data, { recursive: true, force: true })
})

describe.each([{ gone: [] as readonly string[] }, ...off.map((gone) => ({ gone }))])(
  'with $gone switched off',
  ({ gone }) => {
    let server: RecordedServer
    beforeAll(async () => {
      server = await startRecordedServer({ data, flags: { dialects: settingFor(gone) } })
    })
    afterAll(() => server.close())

    it('N-138 what is bound is what the served contract says, and the other way round', async () => {
      const served = (await server.ask('GET', '/openapi.json')).body as unknown as { paths: Paths }
      expect(await boundRoutes(server)).toEqual(documentedRoutes(served))
    })

    it('the served contract is the whole one without them, byte for byte', async () => {
      expect((await server.ask('GET', '/openapi.json')).text).toBe(JSON.stringify(without(gone)))
    })

    it('everything else answers as if they had never been there', async () => {
      for (const { operationId, method, path, tag } of table) {
        if (gone.includes(tag) || operationId === 'showContract' || operationId === 'listMetrics') continue
        const [one, other] = [await whole.ask(method, concrete(path)), await server.ask(method, concrete(path))]
        expect({ operationId, answer: appearance(other) }).toEqual({ operationId, answer: appearance(one) })
      }
    })
  },
)

it('N-138 Express has one handler, for everything, and no route of its own', async () => {
  const used = vi.spyOn(express.application, 'use')
  const routed = vi.spyOn(express.Router.prototype as { route: (path: string) => unknown }, 'route')
  onTestFinished(() => {
    used.mockRestore()
    routed.mockRestore()
  })
  await start({})
  expect(used.mock.calls.map((given) => given.length)).toEqual([1])
  expect(routed).not.toHaveBeenCalled()
  // The spies see what they are there for.
  const other = express()
  other.get('/', () => undefined)
  expect(routed).toHaveBeenCalledTimes(1)
})

it('serves neither metrics nor their place in the contract where they are switched off', async () => {
  const { ask, running: server } = await start({ metrics: 'off' })
  const { status, headers } = await server.fetch('/metrics')
  expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  const { body } = await ask('GET', '/openapi.json')
  expect(Object.keys(body.paths as object)).not.toContain('/metrics')
})

it('answers below a dialect’s paths as nothing is there, where all of them are off', async () => {
  const { running: server } = await start({ dialects: 'none' })
  for (const { paths } of dialects) {
    for (const path of paths) {
      const { status, headers } = await server.fetch(`${path}/anything`)
      expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    }
  }
})
