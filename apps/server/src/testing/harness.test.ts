import { existsSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { Program } from './process/program.ts'
import { ServerRun } from './process/server-run.ts'

// Processes are started here, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const inPlainNode = `
  import { startTestServer } from '${new URL('./index.ts', import.meta.url)}'
  const server = await startTestServer()
  await server.user('alice', 'viewer')
  const { access_token } = await server.login('alice')
  const me = await server.fetch('/v1/me', { headers: { authorization: 'Bearer ' + access_token } })
  console.log(me.status, await server.auditCounts())
  await server.close()`

describe('the test harness', () => {
  it('starts a server in a process that has no test runner', async () => {
    const { status, out, err } = await Program.start({
      arguments: ['--conditions=countersign', '--input-type=module', '--eval', inPlainNode],
    }).transcript
    expect({ status, err: status === 0 ? '' : err }).toEqual({ status: 0, err: '' })
    expect(out).toMatch(/^200 \{/)
    expect(out).toContain('authorization_created: 1')
  })

  it('runs a server that is killed and started again on the same port and data, and removes its folder', async () => {
    const server = await ServerRun.start({ flags: ['--log-level', 'warn'] })
    const { url, ownerPassword, folder } = server
    expect(await server.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
    await server.serve()
    expect([server.url, server.ownerPassword]).toEqual([url, ownerPassword])
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    await server.stop()
    await server[Symbol.asyncDispose]()
    expect(existsSync(folder)).toBe(false)
  })

  it('reports why a server did not start', async () => {
    await expect(ServerRun.start({ flags: ['--dialects', 'esperanto'] })).rejects.toThrow('esperanto')
  })
})
