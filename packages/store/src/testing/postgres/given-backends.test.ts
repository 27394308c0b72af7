import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, serverPrograms, startCluster } from './cluster.ts'

const programs = serverPrograms()
const root = resolve(import.meta.dirname, '../../../../..')

/** A port that nobody listens on. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

let cluster: Cluster
beforeAll(async () => {
  if ('missing' in programs) return
  cluster = await startCluster({ tcpPort: await freePort() })
  cluster.run('create role tester createdb login', 'create role guest login')
})
afterAll(() => cluster?.[Symbol.asyncDispose]())
beforeEach((context) => {
  if ('missing' in programs) context.skip(programs.missing)
})

/** As the page on databases has it, with fewer tests. */
const conformance = (url: string, name: string): Promise<{ readonly status: number; readonly out: string }> =>
  new Promise((ended) => {
    const words = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'store', 'postgres.conformance', '-t', name]
    const env = { ...process.env, COUNTERSIGN_TEST_DATABASE_URL: url }
    execFile(process.execPath, words, { cwd: root, env }, (error, out, err) =>
      ended({ status: error === null ? 0 : Number(error.code), out: stripVTControlCharacters(`${out}${err}`) }),
    )
  })

describe('the conformance suite on a server that somebody else runs', () => {
  it('passes, has databases of its own there, and drops them', async () => {
    const url = `postgres://tester@127.0.0.1:${cluster.port}/postgres`
    const { status, out } = await conformance(url, 'the revocation feed|export and import')
    expect({ status, out }).toMatchObject({ status: 0 })
    expect(out).toContain(`the databases of the tests are on the server of postgres at 127.0.0.1:${cluster.port}`)
    expect(out).toMatch(/Tests +[1-9]\d* passed/)
    expect(cluster.run("select count(*) from pg_database where datname like 'countersign%'")).toBe('0')
  }, 120_000)

  it('fails where no databases can be made', async () => {
    const { status, out } = await conformance(`postgres://guest@127.0.0.1:${cluster.port}/postgres`, 'an export shows')
    expect(status).toBe(1)
    expect(out).toContain('no database can be made on postgres at 127.0.0.1')
  }, 120_000)
})
