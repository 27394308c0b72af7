import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand, ServerRun } from '../testing/process/server-run.ts'

let folder: string
let data: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-first-owner-'))
  data = join(folder, 'data')
  file = join(folder, 'owner-password')
})
afterEach(() => rmSync(folder, { recursive: true }))

const chosen = 'a quiet lighthouse keeps its own hours'
const write = (content: string | Uint8Array) => writeFileSync(file, content, { mode: 0o600 })
const env = () => ({ COUNTERSIGN_OWNER_PASSWORD_FILE: file })

const logIn = (url: string, password: string) =>
  fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'owner', password }),
  }).then(({ status }) => status)

describe('the file with the owner’s first password', () => {
  it('is read at the first start, and nothing of it is printed or logged', async () => {
    write(`${chosen}\n`)
    const first = await ServerRun.start({ data, env: env(), flags: ['--issuer', 'http://127.0.0.1:4300'] })
    expect(first.announced).toBe(`Countersign listens on ${first.url}\n`)
    expect(await logIn(first.url, chosen)).toBe(201)
    await first.end()
    const { out, err } = await first.program.transcript
    expect(out + err).not.toContain(chosen)
    rmSync(file)
    const second = await ServerRun.start({ data, env: env(), flags: ['--issuer', 'http://127.0.0.1:4300'] })
    expect(await logIn(second.url, chosen)).toBe(201)
    await second.end()
  })

  it('is refused with a reason if it cannot be used, and the next start makes the owner', async () => {
    const refusal = async () => {
      const { status, out, err } = await runCommand(['serve', '--data', data, '--port', '0'], { env: env() })
      expect([status, out]).toEqual([1, ''])
      return err
    }
    expect(await refusal()).toContain(`the owner's password file ${file} does not exist`)
    for (const [content, reason] of [
      ['short-secret', 'too_short'],
      ['countersigncountersign', 'equals_product_name'],
      ['', 'does not have exactly one line'],
      [`${chosen}\nand another line`, 'does not have exactly one line'],
      [Buffer.from([0xff, 0xfe, 0x41]), 'is not UTF-8'],
    ] as const) {
      write(content)
      const err = await refusal()
      expect(err).toContain(reason)
      if (content.length > 0) expect(err).not.toContain(String(content))
    }
    write(chosen)
    chmodSync(file, 0o644)
    expect(await refusal()).toContain('mode 0644')
    chmodSync(file, 0o600)
    const server = await ServerRun.start({ data, env: env(), flags: ['--issuer', 'http://127.0.0.1:4300'] })
    expect(await logIn(server.url, chosen)).toBe(201)
    await server.end()
  })
})
