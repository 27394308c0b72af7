// The examples in deploy/ that no proxy runs, checked by the tools of those who would run them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { readConfig } from '../../src/config/read-config.ts'
import { dialects } from '../../src/dialects/registry.ts'

const repository = resolve(import.meta.dirname, '../../../..')
const deploy = join(repository, 'deploy')
const read = (path: string) => readFileSync(join(deploy, path), 'utf8')
const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(command, args, { encoding: 'utf8', timeout: 150_000, env: { ...process.env, ...env } })
const isThere = (command: string) => run(command, ['--version']).status === 0

// A tool may have to be installed first.
vi.setConfig({ testTimeout: 180_000 })

/** `NAME=value` or `NAME: value` of the settings that a file has. */
const settingsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^\s*(COUNTERSIGN_\w+)(?:=|: )(.+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )

describe('the settings in the examples', () => {
  it.each(['systemd/environment', 'compose.yaml', 'kubernetes/configuration.yaml'])('are settings: %s', (path) => {
    const env = settingsOf(read(path))
    expect(readConfig({ flags: {}, env }, dialects)).toMatchObject({ issuer: 'https://auth.example.com' })
    expect(Object.keys(env).length).toBeGreaterThan(2)
  })
})

describe('the unit for systemd', () => {
  const unit = join(deploy, 'systemd/countersign.service')

  it('is exposed to 2.0 of 10 at most', (context) => {
    if (!isThere('systemd-analyze')) context.skip('no systemd-analyze here')
    const { stdout, stderr } = run('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit])
    const [, exposure] = /Overall exposure level for countersign\.service: (\d+\.\d)/.exec(stdout) ?? []
    console.log(`systemd-analyze security: ${exposure}`)
    expect(Number(exposure), stderr).toBeLessThanOrEqual(2)
  })

  it('has nothing that systemd does not know', (context) => {
    if (!isThere('systemd-analyze')) context.skip('no systemd-analyze here')
    const { stdout, stderr } = run('systemd-analyze', ['verify', '--man=no', unit])
    const own = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('countersign'))
    // Here the program is not installed.
    expect(own.filter((line) => !line.includes('/usr/local/bin/countersign is not executable'))).toEqual([])
  })

  it('runs as a user that systemd-sysusers makes', (context) => {
    if (!isThere('systemd-sysusers')) context.skip('no systemd-sysusers here')
    const root = mkdtempSync(join(tmpdir(), 'countersign-sysusers-'))
    mkdirSync(join(root, 'etc'))
    const { status, stderr } = run('systemd-sysusers', [`--root=${root}`, join(deploy, 'systemd/sysusers.conf')])
    expect(status, stderr).toBe(0)
    expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toMatch(
      /^countersign:x:\d+:\d+:Countersign:\/var\/lib\/countersign:\/\S*nologin$/m,
    )
    rmSync(root, { recursive: true })
  })
})

describe('the manifests for Kubernetes', () => {
  const cache = join(repository, '.cache/kubernetes-validate')
  const files = readdirSync(join(deploy, 'kubernetes')).filter((name) => name !== 'kustomization.yaml')

  it('are valid, without members that Kubernetes does not know', (context) => {
    if (!isThere('pip3')) context.skip('no pip3 here, which kubernetes-validate comes by')
    const packages = ['--disable-pip-version-check', '--quiet', 'kubernetes-validate==1.37.0']
    if (!existsSync(cache) && run('pip3', ['install', '--target', cache, ...packages]).status !== 0) {
      context.skip('kubernetes-validate cannot be installed here')
    }
    const program = ['-c', 'from kubernetes_validate.__main__ import main; main()']
    const paths = files.map((name) => join(deploy, 'kubernetes', name))
    const { status, stdout, stderr } = run('python3', [...program, '--strict', ...paths], { PYTHONPATH: cache })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.match(/passed for resource/g)).toHaveLength(files.length)
  })

  it('are all applied together, but for the secret', () => {
    const listed = [...read('kubernetes/kustomization.yaml').matchAll(/^ {2}- (\S+)$/gm)].map(([, name]) => name)
    expect(listed.toSorted()).toEqual(files.filter((name) => name !== 'secret.yaml').toSorted())
  })
})
