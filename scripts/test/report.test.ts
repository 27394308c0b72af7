import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const repository = resolve(import.meta.dirname, '../..')
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Runs vitest with nothing but our reporter and the default one, on these test files. */
function run(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-report-'))
  folders.push(folder)
  const reporter = JSON.stringify(join(repository, 'scripts/report.ts'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'vitest.config.ts'),
    `import { SummaryReporter } from ${reporter}
export default { test: { name: 'sample', globals: true, reporters: ['default', new SummaryReporter()] } }`,
  )
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs')
  const ended = spawnSync(process.execPath, [vitest, 'run', '--root', folder], { encoding: 'utf8', input: '' })
  const lines = ended.stdout.trimEnd().split('\n')
  return { status: ended.status, lines, last: lines.at(-1) }
}

const passing = `it('holds', () => expect(1).toBe(1))`

describe('the summary of a test run', () => {
  it('ends in the count, alone on the last line', () => {
    expect(run({ 'a.test.ts': passing })).toMatchObject({ status: 0, last: '1 passed, 0 failed' })
  })

  it('says which tests were skipped, and why', () => {
    const { status, last, lines } = run({
      'a.test.ts': `${passing}
it('asks for a browser', (context) => context.skip('no chromium here'))
describe.skip('until the moon is full', () => { describe('a wolf', () => { it('howls', () => expect(1).toBe(1)) }) })`,
    })
    expect({ status, last }).toEqual({ status: 0, last: '1 passed, 0 failed, 2 skipped' })
    expect(lines).toContain('  sample: asks for a browser: no chromium here')
    expect(lines).toContain('  sample: until the moon is full > a wolf > howls: skip of "until the moon is full"')
  })

  it('counts a test that fails, a file that cannot be loaded, a hook that throws and a stray rejection', () => {
    const outcome = run({
      'a.test.ts': passing,
      'b.test.ts': `it('does not hold', () => expect(1).toBe(2))`,
      'c.test.ts': `import './nowhere.ts'\n${passing}`,
      'd.test.ts': `describe('a locked suite', () => { beforeAll(() => { throw new Error('locked') }); ${passing} })`,
      'e.test.ts': `it('lets one slip', () => { void Promise.reject(new Error('unseen')); expect(1).toBe(1) })`,
    })
    expect(outcome.status).toBe(1)
    expect(outcome.last).toMatch(/^2 passed, 4 failed(, 1 skipped)?$/)
    const end = outcome.lines.slice(outcome.lines.indexOf('failed:')).join('\n')
    expect(end).toContain('  sample: b.test.ts > does not hold\n    expected 1 to be 2')
    expect(end).toMatch(/ {2}sample: c\.test\.ts\n {4}.*nowhere\.ts/)
    expect(end).toContain('  sample: d.test.ts > a locked suite\n    locked')
    expect(end).toContain('  outside the tests\n    unseen')
  })

  it('is no success where no test was found', () => {
    expect(run({})).toMatchObject({ status: 1, last: '0 passed, 1 failed' })
  })
})
