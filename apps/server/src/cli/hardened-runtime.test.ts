import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { runCommand, ServerRun } from '../testing/process/server-run.ts'

let folder: string
beforeEach(({ onTestFinished }) => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-hardened-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

describe('N-275 a hardened runtime', () => {
  it('without __proto__ serves as any other', async () => {
    const server = await ServerRun.start({ env: { NODE_OPTIONS: '--disable-proto=delete' } })
    onTestFinished(async () => {
      await server.stop()
      await server[Symbol.asyncDispose]()
    })
    const password = server.ownerPassword
    const post = async (path: string, type: string, body: string) =>
      (await fetch(server.url + path, { method: 'POST', headers: { 'content-type': type }, body })).status
    const login = JSON.stringify({ username: 'owner', password })
    const form = new URLSearchParams({ username: 'owner', password }).toString()
    expect([
      await post('/v1/sessions', 'application/json', login),
      await post('/v1/auth/token/access-token', 'application/json', login),
      await post('/api/authenticate/userpass', 'application/x-www-form-urlencoded', form),
      await post('/v1/sessions', 'application/json', login.replace('{', '{"__proto__":{"a":1},')),
      (await fetch(`${server.url}/openapi.json`)).status,
      (await fetch(`${server.url}/docs`)).status,
    ]).toEqual([201, 200, 200, 400, 200, 200])
  })

  // If one of them works one day, docs/deployment.md is to be changed.
  it.each(['--disallow-code-generation-from-strings', '--frozen-intrinsics'])(
    'that it cannot work in is refused at the start, not at the first request: %s',
    async (option) => {
      const { status, out } = await runCommand(['serve', '--data', join(folder, 'data'), '--port', '0'], {
        env: { NODE_OPTIONS: option },
      })
      expect(status).not.toBe(0)
      expect(out).not.toContain('listens on')
    },
  )
})
