import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Audit, type AuditEvent, auditBeginning } from '@countersign/core'
import { backUpDatabase, openStore, restoreDatabase, type StoreHandle } from '@countersign/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exportAudit } from './audit-export.ts'
import { BrokenAuditFile, verifyAuditFile } from './audit-file.ts'

let folder: string
let store: StoreHandle
let file: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-audit-'))
  store = await openStore({ path: join(folder, 'a.db') })
  file = join(folder, 'trail.jsonl')
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const clock = { now: () => 1_800_000_000, latest: () => 1_800_000_000 }
const note = (count: number, action: AuditEvent['action'] = 'user_changed', at = 1_700_000_000) =>
  store.audit.note(
    Array.from({ length: count }, (_, n) => ({
      ...{ at, action, subject: { kind: 'user', id: `ädä-${n}` } as const, address: '192.0.2.1' },
      detail: { n, words: 'a "quoted" — line\u2028' },
    })),
  )
const auditOf = (of: StoreHandle) => new Audit({ store: of, clock })
const run = (to = file, onStep?: Parameters<typeof exportAudit>[1]['onStep']) =>
  exportAudit(to, { audit: auditOf(store), ...(onStep ? { onStep } : {}) })
const linesIn = (of = file) => readFileSync(of, 'utf8').split('\n').slice(0, -1)
const entriesIn = (of = file) => linesIn(of).map((line) => JSON.parse(line) as Record<string, unknown>)
const faultOf = (of = file) => {
  try {
    verifyAuditFile(of)
    return undefined
  } catch (error) {
    if (!(error instanceof BrokenAuditFile)) throw error
    return error.line
  }
}

describe('an export of the trail', () => {
  it('has each entry once, in order, as it is listed, and is its owner’s alone', async () => {
    await note(3)
    await note(2, 'authorization_rotated')
    expect(await run()).toMatchObject({ entries: 5, through: 5 })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const [first, , , rotated] = entriesIn()
    expect(first).toMatchObject({
      ...{ sequence: 1, at: 1_700_000_000, action: 'user_changed', subject: { kind: 'user', id: 'ädä-0' } },
      ...{ detail: { n: 0, words: 'a "quoted" — line\u2028' }, previous: auditBeginning },
    })
    expect(rotated).toMatchObject({ sequence: 4, action: 'authorization_rotated' })
    const [newest] = await store.audit.list({ limit: 1 })
    const { hash } = verifyAuditFile(file)
    expect(newest).toMatchObject({ action: 'audit_exported', detail: { entries: 5, through: 5, hash } })
  })

  it('continues where the last one ended, and in a new file follows the previous file', async () => {
    await note(1200)
    await run()
    expect(await run()).toMatchObject({ entries: 1, through: 1201 })
    await note(3)
    const { hash } = await run()
    expect(verifyAuditFile(file)).toMatchObject({ entries: 1205, first: 1, last: 1205, hash })
    const second = join(folder, 'second.jsonl')
    await note(1)
    await run(second)
    expect(verifyAuditFile(second)).toMatchObject({ entries: 2, first: 1206, previous: hash })
    await expect(run()).rejects.toThrow(/ends with entry 1205, and the trail was exported up to 1207/)
  })

  it('records nothing before the file is on the disk', async () => {
    await note(1100)
    const steps: string[] = []
    await run(file, (step) => steps.push(step))
    expect(steps).toEqual(['write', 'write', 'write', 'sync', 'record'])
  })

  it.each([1, 2, 3, 4, 5])('that is interrupted at step %i is continued, and the file is the same', async (stop) => {
    await note(1100)
    await exportAudit(join(folder, 'whole.jsonl'), {
      audit: Object.assign(auditOf(store), { recordExport: async () => 'recorded' as const }),
    })
    let step = 0
    const interrupted = run(file, () => {
      if (++step === stop) throw new Error('killed')
    })
    await expect(interrupted).rejects.toThrow('killed')
    expect((await store.audit.exported()).through).toBe(0)
    expect(await run()).toMatchObject({ entries: 1100, through: 1100 })
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(folder, 'whole.jsonl'), 'utf8'))
  })

  it('syncs the file every few megabytes, so that no commit of a server waits for hundreds', async () => {
    for (let n = 0; n < 3; n++) {
      await store.audit.note(
        Array.from({ length: 500 }, () => ({
          at: 1_700_000_000,
          action: 'user_changed',
          detail: { words: 'x'.repeat(8000) },
        })),
      )
    }
    const steps: string[] = []
    await run(file, (step) => steps.push(step))
    expect(steps).toEqual(['write', 'write', 'sync', 'write', 'write', 'sync', 'record'])
  })

  it('that was cut anywhere in its last lines is continued, and the file is the same', async () => {
    await note(3)
    const audit = Object.assign(auditOf(store), { recordExport: async () => 'recorded' as const })
    await exportAudit(file, { audit })
    const whole = readFileSync(file)
    const [, , third = ''] = linesIn()
    for (let cut = 0; cut <= Buffer.byteLength(third) + 1; cut += 7) {
      writeFileSync(file, whole.subarray(0, whole.length - cut))
      await exportAudit(file, { audit })
      expect(readFileSync(file).equals(whole), `${cut} bytes were cut`).toBe(true)
    }
  })

  it('is continued although rotations that are in the file were forgotten meanwhile', async () => {
    await note(2, 'authorization_rotated')
    await note(1)
    await note(2, 'authorization_rotated')
    const interrupted = run(file, (step) => {
      if (step === 'record') throw new Error('killed')
    })
    await expect(interrupted).rejects.toThrow('killed')
    await note(1, 'authorization_rotated', 1_800_000_000)
    await store.audit.collectGarbage({ before: 0, rotationsBefore: 1_750_000_000, drop: undefined })
    expect(await run()).toMatchObject({ entries: 6, through: 6 })
    expect(verifyAuditFile(file)).toMatchObject({ entries: 6, last: 6 })
  })

  it('by two processes at once leaves a complete file, and one of the two is recorded', async () => {
    await note(1300)
    const both = await Promise.allSettled([run(), run()])
    expect(both.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
    const { through, hash } = await store.audit.exported()
    expect(through).toBeGreaterThanOrEqual(1300)
    expect(verifyAuditFile(file)).toMatchObject({ last: through, hash })
    const exports = await store.audit.list({ filter: { action: 'audit_exported' }, limit: 9 })
    expect(entriesIn().map(({ sequence }) => sequence)).toEqual(Array.from({ length: through }, (_, n) => n + 1))
    expect(exports.length).toBeGreaterThan(0)
  })

  it('refuses a file that holds something else, and records nothing', async () => {
    await note(3)
    const interrupted = run(file, (step) => {
      if (step === 'record') throw new Error('killed')
    })
    await expect(interrupted).rejects.toThrow('killed')
    const other = await openStore({ path: join(folder, 'other.db') })
    await other.audit.note([{ at: 1, action: 'clock_reset' }])
    const elsewhere = exportAudit(file, { audit: auditOf(other) })
    await expect(elsewhere).rejects.toThrow(/holds another entry 1 than the trail: name a new file/)
    expect((await other.audit.exported()).through).toBe(0)
    await other.close()
  })

  it('refuses a broken file, one that other users can access, a link, a folder, and one that cannot be created', async () => {
    await note(3)
    await run()
    const whole = readFileSync(file, 'utf8')
    writeFileSync(file, whole.replace('"n":1', '"n":7'))
    await expect(run()).rejects.toThrow(`${file} is broken at line 2`)
    writeFileSync(file, whole)
    chmodSync(file, 0o640)
    await expect(run()).rejects.toThrow('open to others: chmod 600 it')
    chmodSync(file, 0o600)
    symlinkSync(file, join(folder, 'link'))
    await expect(run(join(folder, 'link'))).rejects.toThrow('cannot be opened (ELOOP)')
    mkdirSync(join(folder, 'sub'))
    await expect(run(join(folder, 'sub'))).rejects.toThrow(/cannot be opened|is not a file/)
    await expect(run(join(folder, 'no', 'where'))).rejects.toThrow('cannot be made (ENOENT)')
    expect(existsSync(join(folder, 'no'))).toBe(false)
    expect((await store.audit.exported()).through).toBe(3)
    expect(readFileSync(file, 'utf8')).toBe(whole)
  })
})

describe('an export after a restore', () => {
  const path = () => join(folder, 'a.db')
  const backup = () => join(folder, 'backup.db')
  const restore = async () => {
    await store.close()
    const done = await restoreDatabase({
      ...{ path: path(), file: backup(), now: clock.now(), keepSessions: false, keepCredentials: false },
      ...{ prove: () => {}, endKeys: async () => {}, lastStep: 0, feed: 'another feed' },
    })
    store = await openStore({ path: path() })
    return done.replaced
  }
  const listed = async () => (await store.audit.listAfter(0, 500)).map(({ sequence, action }) => [sequence, action])

  it('continues in the file that it wrote to since the backup, and no entry is lost or there twice', async () => {
    await note(2)
    await note(2, 'authorization_rotated')
    await note(1, 'user_changed', clock.now())
    await backUpDatabase(path(), backup())
    await note(2)
    await note(2, 'authorization_rotated')
    const before = await run()
    expect(before).toMatchObject({ entries: 9, through: 9 })
    await note(1, 'user_changed', clock.now())
    await note(2, 'authorization_rotated', clock.now())
    await store.audit.collectGarbage({ before: 1_750_000_000, rotationsBefore: 1_750_000_000, drop: undefined })
    const kept = await listed()
    expect(kept.map(([sequence]) => sequence)).toEqual([5, 10, 11, 12, 13])
    expect(await restore()).toBe('later')
    // What the backup brings back was exported: it is not exported again, and may go again.
    expect((await listed()).filter(([sequence]) => Number(sequence) > 5)).toEqual([
      ...kept.slice(1),
      [14, 'database_restored'],
    ])
    expect(await store.audit.exported()).toEqual({ through: before.through, hash: before.hash })
    const after = await run()
    expect(after).toMatchObject({ entries: 5, through: 14 })
    expect(verifyAuditFile(file)).toMatchObject({ entries: 14, first: 1, last: 14, hash: after.hash })
    expect(entriesIn().map(({ sequence }) => sequence)).toEqual(Array.from({ length: 14 }, (_, n) => n + 1))
    await store.audit.collectGarbage({ before: 1_750_000_000, rotationsBefore: 1_750_000_000, drop: undefined })
    expect((await listed()).map(([sequence]) => sequence)).toEqual([5, 10, 11, 12, 13, 14, 15])
  })

  it('continues one that was interrupted, although the backup brings rotations back', async () => {
    await note(2)
    await note(2, 'authorization_rotated')
    await note(1, 'user_changed', clock.now())
    await backUpDatabase(path(), backup())
    await note(1, 'authorization_rotated', clock.now())
    const interrupted = run(file, (step) => {
      if (step === 'record') throw new Error('killed')
    })
    await expect(interrupted).rejects.toThrow('killed')
    await store.audit.collectGarbage({ before: 0, rotationsBefore: 1_750_000_000, drop: undefined })
    expect(await restore()).toBe('later')
    expect(await run()).toMatchObject({ entries: 7, through: 7 })
    expect(verifyAuditFile(file)).toMatchObject({ entries: 7, first: 1, last: 7 })
  })

  it('over a database that cannot be read needs a new file, which follows the last export that is known', async () => {
    await note(3)
    const known = await run()
    await backUpDatabase(path(), backup())
    await note(2)
    await run()
    const whole = readFileSync(file, 'utf8')
    await store.close()
    writeFileSync(path(), Buffer.alloc(8192, 7))
    store = await openStore({ path: join(folder, 'nothing.db') })
    expect(await restore()).toBe('damaged')
    await expect(run()).rejects.toThrow(/holds another entry 5 than the trail: name a new file/)
    expect(readFileSync(file, 'utf8')).toBe(whole)
    const second = join(folder, 'second.jsonl')
    await run(second)
    expect(verifyAuditFile(second)).toMatchObject({ first: 4, last: 5, previous: known.hash })
    await note(1)
    await run(second)
    expect(verifyAuditFile(second)).toMatchObject({ entries: 4, last: 7 })
    expect(verifyAuditFile(file)).toMatchObject({ entries: 6, last: 6 })
  })
})

describe('an exported trail', () => {
  const broken: Readonly<Record<string, readonly [(lines: string[]) => string[], number]>> = {
    'whose third entry says something else': [(lines) => edit(lines, 2, (line) => line.replace('"n":2', '"n":3')), 3],
    'whose first entry says something else': [(lines) => edit(lines, 0, (line) => line.replace('user_', 'user-')), 1],
    'whose last entry has another time': [(lines) => edit(lines, 5, (line) => line.replace('1700000000', '1')), 6],
    'whose third entry has another hash': [(lines) => edit(lines, 2, (line) => line.replace(/.{3}"\}$/, '000"}')), 3],
    'whose third entry is gone': [(lines) => lines.toSpliced(2, 1), 3],
    'whose third and fourth entry are exchanged': [(lines) => lines.toSpliced(2, 2, lines[3] ?? '', lines[2] ?? ''), 3],
    'whose third entry is there twice': [(lines) => lines.toSpliced(2, 0, lines[2] ?? ''), 4],
    'with an empty line': [(lines) => lines.toSpliced(4, 0, ''), 5],
    'with a line of something else': [(lines) => lines.toSpliced(4, 0, '{"sequence":5}'), 5],
  }
  const edit = (lines: string[], at: number, change: (line: string) => string): string[] => {
    const changed = change(lines[at] ?? '')
    expect(changed).not.toBe(lines[at])
    return lines.with(at, changed)
  }

  it.each(Object.entries(broken))('%s is detected at that line', async (_, [change, line]) => {
    await note(6)
    await run()
    expect(faultOf()).toBeUndefined()
    writeFileSync(file, `${change(linesIn()).join('\n')}\n`)
    expect(faultOf()).toBe(line)
    await expect(run()).rejects.toThrow(`broken at line ${line}`)
  })

  it('whose last line is incomplete or unterminated is detected', async () => {
    await note(6)
    await run()
    appendFileSync(file, '{"sequence":7')
    expect(faultOf()).toBe(7)
    appendFileSync(file, 'x'.repeat(2 * 1024 * 1024))
    expect(faultOf()).toBe(7)
    writeFileSync(file, Buffer.alloc(100_000, 0xff))
    expect(faultOf()).toBe(1)
  })

  it('that lost its last lines is detected by its last hash, and is not continued', async () => {
    await note(6)
    const { hash } = await run()
    writeFileSync(file, `${linesIn().slice(0, 4).join('\n')}\n`)
    expect(verifyAuditFile(file).hash).not.toBe(hash)
    await expect(run()).rejects.toThrow('ends with entry 4, and the trail was exported up to 6')
  })
})
