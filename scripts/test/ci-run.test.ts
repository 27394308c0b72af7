import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const repository = resolve(import.meta.dirname, '../..')
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/**
 * Runs the real `.ci/run` in a folder whose package manager only pretends.
 *
 * @param outcomes Shell code by the package manager's command; what is not named succeeds silently.
 */
function runCi(outcomes: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-ci-'))
  folders.push(folder)
  mkdirSync(join(folder, '.ci'))
  mkdirSync(join(folder, 'bin'))
  copyFileSync(join(repository, '.ci/run'), join(folder, '.ci/run'))
  writeFileSync(join(folder, 'package.json'), '{ "packageManager": "pnpm@10.34.9" }')
  const cases = Object.entries(outcomes).map(([command, code]) => `${command}) ${code} ;;`)
  // It is called as `npx -y pnpm@10.34.9 COMMAND …`.
  const npx = `#!/bin/bash\necho "$*" >> "${folder}/called"\ncase $3 in ${cases.join('\n')} *) ;; esac\n`
  // Nothing is fetched in a test.
  for (const [name, text] of [
    ['npx', npx],
    ['npm', '#!/bin/bash\nexit 1\n'],
    ['pip3', '#!/bin/bash\nexit 1\n'],
    ['apt-get', '#!/bin/bash\nexit 1\n'],
  ] as const) {
    writeFileSync(join(folder, 'bin', name), text)
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  const path = `${join(folder, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`
  const ended = spawnSync('bash', [join(folder, '.ci/run')], {
    env: { PATH: path },
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { status: ended.status, last: ended.stdout.trimEnd().split('\n').at(-1), output: ended.stdout }
}

const green = "echo '12 passed, 0 failed, 2 skipped'"

describe('.ci/run', () => {
  it('ends in the count of the tests', () => {
    expect(runCi({ test: green })).toMatchObject({ status: 0, last: '12 passed, 0 failed, 2 skipped' })
  })

  it('runs every other check when one fails, and counts it', () => {
    const { status, last, output } = runCi({ lint: 'exit 1', test: green })
    expect({ status, last }).toEqual({ status: 1, last: '12 passed, 1 failed, 2 skipped' })
    expect(output).toContain('failed: lint')
  })

  it('runs the checks at once, and shows what each printed as a whole', () => {
    const { output } = runCi({ lint: "echo 'line 1: a fault'; exit 1", imports: "echo 'no breach'", test: green })
    expect(output).toMatch(/── lint\nline 1: a fault\n── lint: FAILED after \d+ s\n/)
    expect(output).toMatch(/── imports\nno breach\n── imports: \d+ s\n/)
  })

  it('counts failed tests once', () => {
    const test = "echo '10 passed, 2 failed'; echo ' ELIFECYCLE  Test failed.'; exit 1"
    expect(runCi({ test })).toMatchObject({ status: 1, last: '10 passed, 2 failed' })
  })

  it('fails when the tests did not get to their count', () => {
    expect(runCi({ test: 'exit 1' })).toMatchObject({ status: 1, last: '0 passed, 1 failed' })
  })

  it('stops when nothing can be installed', () => {
    const { status, last } = runCi({ install: 'exit 1', test: green })
    expect({ status, last }).toEqual({ status: 1, last: '0 passed, 1 failed' })
  })
})
