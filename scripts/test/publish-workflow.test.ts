import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const repository = resolve(import.meta.dirname, '../..')

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly run?: string
}

interface Job {
  readonly permissions: Readonly<Record<string, string>>
  readonly environment?: string
  readonly steps: readonly Step[]
}

const workflow = parse(readFileSync(join(repository, '.github/workflows/publish.yml'), 'utf8')) as {
  readonly on: { readonly push: { readonly tags: readonly string[] } }
  readonly permissions: object
  readonly jobs: Readonly<Record<'check' | 'publish', Job>>
}

const runOf = (name: string): string => {
  const { run } = workflow.jobs.publish.steps.find((step) => step.name === name) ?? {}
  if (run === undefined) throw new Error(`there is no step ${name}`)
  return run
}

describe('the workflow that publishes', () => {
  let folder: string
  beforeEach(({ onTestFinished }) => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-publish-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
  })

  /** Runs a step as the runner does: with `bash -e`, in the repository's folder. Programs of `bin` come first. */
  function step(name: string, env: Readonly<Record<string, string>> = {}): string {
    const path = [join(folder, 'bin'), dirname(process.execPath), process.env.PATH].join(':')
    return execFileSync('bash', ['-eo', 'pipefail', '-c', runOf(name)], {
      cwd: folder,
      env: { PATH: path, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  const write = (file: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text, { mode })
  }

  it('is started by the tag of a release, checks everything before, and has an identity only where it publishes', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } })
    expect(workflow.permissions).toEqual({})
    const { check, publish } = workflow.jobs
    expect(check.permissions).toEqual({ contents: 'read' })
    expect(check.steps.map(({ run }) => run)).toContain('.ci/run')
    expect(publish).toMatchObject({ needs: 'check', environment: 'npm', permissions: { 'id-token': 'write' } })
  })

  it('names the commits of the actions that it uses', () => {
    const used = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
    expect(used.length).toBeGreaterThan(3)
    for (const action of used) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40}$/)
  })

  it('refuses a tag that is not the version', () => {
    write('apps/server/package.json', '{ "version": "1.2.3" }')
    expect(step('the tag is the version', { GITHUB_REF_NAME: 'v1.2.3' })).toBe('')
    expect(() => step('the tag is the version', { GITHUB_REF_NAME: 'v1.2.4' })).toThrow()
  })

  it('installs and packs with scripts that there are', () => {
    write('package.json', readFileSync(join(repository, 'package.json'), 'utf8'))
    write('bin/npx', '#!/bin/sh\necho "$@"\n', 0o755)
    const { packageManager, scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
    const at = { GITHUB_SERVER_URL: 'https://git.example', GITHUB_REPOSITORY: 'ada/countersign' }
    expect(step('pack', at).split('\n')).toEqual([
      `-y ${packageManager} install --frozen-lockfile`,
      `-y ${packageManager} pack:all --repository https://git.example/ada/countersign`,
      '',
    ])
    expect(scripts['pack:all']).toContain('scripts/pack-all.ts')
  })

  it('publishes each tarball with its provenance, unless it was published before', () => {
    for (const name of ['client', 'server']) {
      write('package/package.json', JSON.stringify({ name: `@countersign/${name}`, version: '1.2.3' }))
      mkdirSync(join(folder, 'dist-packages'), { recursive: true })
      execFileSync('tar', ['-czf', `dist-packages/${name}.tgz`, 'package'], { cwd: folder })
    }
    const asked = '[ "$1 $2" = "view @countersign/client@1.2.3" ] && { echo 1.2.3; exit; }\n[ "$1" = view ] && exit 1'
    write('bin/npm', `#!/bin/sh\n${asked}\necho "npm $@"\n`, 0o755)
    expect(step('publish').trim().split('\n')).toEqual([
      '@countersign/client@1.2.3 is published already',
      'npm publish ./dist-packages/server.tgz --provenance --access public',
    ])
  })
})
