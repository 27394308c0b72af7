import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { initializeFolder, run } from './testing/run-program.ts'

let folder: string
let data: string
let file: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-environment-'))
  data = join(folder, 'data')
  await initializeFolder(data)
  file = join(folder, 'countersign.env')
})
afterAll(() => rmSync(folder, { recursive: true }))

const settings = (text: string) => writeFileSync(file, text)
const listed = (...args: Parameters<typeof run>) => run(args[0], args[1]).then(({ status, err }) => [status, err])
const list = ['keys', 'list']

describe('an environment file', () => {
  it('has the settings of a service for a command at its side, by flag or variable', async () => {
    settings(`# of the service\nCOUNTERSIGN_DATA="${data}"\n\nNODE_OPTIONS=--disable-proto=delete\nPATH=/nowhere\n`)
    for (const args of [
      ['--environment-file', file, ...list],
      [...list, '--environment-file', file],
      [...list, `--environment-file=${file}`],
    ]) {
      expect([args, await listed(args)]).toEqual([args, [0, '']])
    }
    expect(await listed(list, { env: { COUNTERSIGN_ENVIRONMENT_FILE: file } })).toEqual([0, ''])
    expect((await run(list, { env: { COUNTERSIGN_ENVIRONMENT_FILE: '' } })).status).toBe(1)
  })

  it('goes behind the environment and the flags', async () => {
    const elsewhere = join(folder, 'elsewhere')
    settings(`COUNTERSIGN_DATA=${elsewhere}\n`)
    const named = ['--environment-file', file, ...list]
    expect((await run(named)).err).toContain(elsewhere)
    expect((await run(named, { env: { COUNTERSIGN_DATA: data } })).status).toBe(0)
    expect((await run([...named, '--data', data], { env: { COUNTERSIGN_DATA: elsewhere } })).status).toBe(0)
  })

  it('is refused with a reason if it is missing, unknown, or names another', async () => {
    settings('COUNTERSIGN_DATE=/var/lib/countersign\n')
    const refusals: readonly (readonly [readonly string[], string])[] = [
      [['--environment-file', file, ...list], 'COUNTERSIGN_DATE is not a setting'],
      [['--environment-file', join(folder, 'none'), ...list], `${join(folder, 'none')} cannot be read (ENOENT)`],
      [['--environment-file', folder, ...list], 'cannot be read (EISDIR)'],
      [[...list, '--environment-file'], '--environment-file needs a value'],
      [['--environment-file', file, ...list, `--environment-file=${file}`], '--environment-file is given twice'],
    ]
    for (const [args, words] of refusals) {
      const { status, err } = await run(args)
      expect([status, err]).toEqual([2, expect.stringContaining(words)])
    }
    settings(`COUNTERSIGN_ENVIRONMENT_FILE=${file}\n`)
    expect((await run(['--environment-file', file, ...list])).err).toContain('does not belong into')
  })
})
