import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { dialectPasswordPaths, named } from '../../test/security/login-paths.ts'
import { routes } from '../generated/index.ts'
import { runCommand, ServerRun } from '../testing/process/server-run.ts'

let folder: string
beforeEach(({ onTestFinished }) => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-hardened-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

describe('N-275 a hardened runtime', () => {
  it.each(['--disable-proto=delete', '--disallow-code-generation-from-strings'])(
    'serves with %s as any other',
    async (option) => {
      const server = await ServerRun.start({ env: { NODE_OPTIONS: option } })
      onTestFinished(async () => {
        await server.stop()
        await server[Symbol.asyncDispose]()
      })
      const password = server.ownerPassword
      const post = async (path: string, type: string, body: string) =>
        (await fetch(server.url + path, { method: 'POST', headers: { 'content-type': type }, body })).status
      const login = JSON.stringify({ username: 'owner', password })
      expect([
        await post('/v1/sessions', 'application/json', login),
        await post('/v1/sessions', 'application/json', login.replace('{', '{"__proto__":{"a":1},')),
        (await fetch(`${server.url}/openapi.json`)).status,
        (await fetch(`${server.url}/docs`)).status,
      ]).toEqual([201, 400, 200, 200])
      for (const { operationId, request } of dialectPasswordPaths) {
        const { method, path } = routes[operationId]
        const { headers, body } = request(named('owner'), password)
        const json = typeof body === 'object' && !(body instanceof URLSearchParams)
        const answer = await fetch(server.url + path, {
          method,
          headers: { ...(headers as Record<string, string>), ...(json ? { 'content-type': 'application/json' } : {}) },
          ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : (body as URLSearchParams) }),
        })
        // Where a client has to be named, too, this is 400.
        expect([operationId, [200, 400].includes(answer.status)]).toEqual([operationId, true])
      }
    },
  )

  // If one of them works one day, docs/deployment.md is to be changed.
  it.each(['--frozen-intrinsics'])(
    'that it cannot work in is refused at the start, not at the first request: %s',
    async (option) => {
      const { status, out, err } = await runCommand(['serve', '--data', join(folder, 'data'), '--port', '0'], {
        env: { NODE_OPTIONS: option, NODE_NO_WARNINGS: '1' },
      })
      expect({ status, out, err }).toEqual({
        status: 1,
        out: '',
        err: expect.stringMatching(`^countersign: the server does not work with ${option}, because [^\\n]+\\n$`),
      })
      expect(existsSync(join(folder, 'data'))).toBe(false)
    },
  )
})
