import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants, getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '@countersign/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../../testing/process/server-run.ts'
import { run } from '../testing/run-program.ts'

let folder: string
let data: string
let file: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-audit-'))
  data = join(folder, 'data')
  file = join(folder, 'trail.jsonl')
  await run(['create-user', '-u', 'olga', '-g', 'owner', '--data', data])
  await run(['keys', 'rotate', '--data', data])
})
afterEach(() => rmSync(folder, { recursive: true }))

const exported = (...args: string[]) => run(['audit', 'export', file, '--data', data, ...args])
const verified = (...args: string[]) => run(['audit', 'verify', file, ...args])
const doctor = async (env: Readonly<Record<string, string>> = {}) => {
  const { status, out } = await run(['doctor', '--json', '--data', data], { env })
  const { checks } = JSON.parse(out) as { checks: { check: string; outcome: string; detail: string }[] }
  return { status, ...checks.find(({ check }) => check === 'audit trail') }
}

describe('a command that reads a whole database beside a server', () => {
  it.each([['audit', 'export', 'trail.jsonl'], ['backup', 'copy.db'], ['doctor']])(
    'lets requests have the processor first: %s %s',
    async (...words) => {
      const told = `process.on('exit', () => process.stderr.write('priority ' + process.getBuiltinModule('node:os').getPriority()))`
      const paths = words.map((word) => (word.includes('.') ? join(folder, word) : word))
      const { status, err } = await runCommand([...paths, '--data', data], {
        nodeOptions: [`--import=data:text/javascript,${encodeURIComponent(told)}`],
      })
      expect(status).toBe(0)
      const [, priority] = /priority (-?\d+)/.exec(err) ?? []
      expect(Number(priority)).toBe(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL))
    },
  )
})

describe('audit export', () => {
  it('N-563 writes a file that only its owner can read, reports its last entry, and continues it', async () => {
    const first = await exported('--json')
    expect(first.status).toBe(0)
    const { entries, through, hash } = JSON.parse(first.out) as { entries: number; through: number; hash: string }
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(entries + 1)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const second = await exported()
    expect(second).toMatchObject({ status: 0, out: expect.stringContaining(`ends with entry ${through + 1}, `) })
    expect(second.out).not.toContain(hash)
  })

  it('N-565 refuses with one line and status 1 where the file is of no use', async () => {
    writeFileSync(file, 'shopping list\n', { mode: 0o600 })
    expect(await exported()).toEqual({
      status: 1,
      out: '',
      err: `countersign: ${file} is broken at line 1: it is no entry\n`,
    })
    expect((await run(['audit', 'export', '--data', data])).status).toBe(2)
    expect((await run(['audit', 'export', file, file, '--data', data])).status).toBe(2)
  })
})

describe('audit verify', () => {
  it('N-212 says that a file is unbroken, and how it ends', async () => {
    const { hash } = JSON.parse((await exported('--json')).out) as { hash: string }
    expect(await verified()).toMatchObject({
      status: 0,
      out: expect.stringContaining(`It ends with ${hash}.`),
      err: '',
    })
    expect(JSON.parse((await verified('--json')).out)).toMatchObject({ file, ok: true, first: 1, hash })
  })

  it('N-212 says the first broken line, with status 1', async () => {
    await exported()
    writeFileSync(file, readFileSync(file, 'utf8').replace('keys_rotated', 'key_revoked'))
    const line =
      readFileSync(file, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('key_revoked')) + 1
    expect(await verified()).toEqual({
      status: 1,
      out: '',
      err: `countersign: ${file} is broken at line ${line}: it is not what its hash says\n`,
    })
    const { status, out } = await verified('--json')
    expect({ status, ...JSON.parse(out) }).toEqual({
      ...{ status: 1, file, ok: false, line },
      fault: 'it is not what its hash says',
    })
  })

  it('says that there is no file', async () => {
    expect(await verified()).toEqual({ status: 1, out: '', err: `countersign: there is no ${file}\n` })
  })
})

describe('audit entries beyond the retention that were never exported', () => {
  const old = async (count: number) => {
    const store = await openStore({ path: join(data, 'countersign.db') })
    const at = Math.floor(Date.now() / 1000) - 401 * 86_400
    await store.audit.note(Array.from({ length: count }, () => ({ at, action: 'user_changed' as const })))
    await store.audit.note([{ at: at + 400 * 86_400, action: 'user_changed' }])
    await store.close()
  }

  it('are reported by doctor, until they are exported', async () => {
    await old(3)
    expect(await doctor()).toMatchObject({
      ...{ status: 0, outcome: 'warn' },
      detail: '3 entries are older than 400 days and not exported: countersign audit export FILE',
    })
    expect(await doctor({ COUNTERSIGN_AUDIT_DAYS: '500' })).toMatchObject({ status: 0, outcome: 'ok' })
    await exported()
    expect(await doctor()).toMatchObject({
      ...{ status: 0, outcome: 'ok' },
      detail: expect.stringMatching(/^exported up to entry \d+; nothing older than 400 days waits for it$/),
    })
  })
})
