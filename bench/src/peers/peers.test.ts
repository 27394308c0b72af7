import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Report } from '../report/report.ts'
import { peerCases } from './cases.ts'
import { isInstalled, peerNames, versionOf } from './install.ts'
import { renderPeers } from './table.ts'

const program = fileURLToPath(new URL('../../run.ts', import.meta.url))

describe('the peers', () => {
  it.each(peerNames)('%s is pinned by a lockfile with the hash of every package', (name) => {
    expect(versionOf(name)).toMatch(/^\d+\.\d+\.\d+$/)
    const lock = JSON.parse(readFileSync(new URL(`../../peers/${name}/package-lock.json`, import.meta.url), 'utf8'))
    const packages: Record<string, { version?: string; integrity?: string }> = lock.packages
    expect(packages[`node_modules/${name}`]?.version).toBe(versionOf(name))
    for (const [path, { integrity }] of Object.entries(packages)) {
      if (path !== '') expect(integrity, path).toMatch(/^sha512-/)
    }
  })

  it('answer what the benchmark asks, beside the server', async (context) => {
    if (!peerNames.every(isInstalled)) context.skip('the peers are not installed: pnpm bench --only peers does that')
    const words = [
      '--only',
      'peers',
      '--seconds',
      '0.2',
      '--slice',
      '0.1',
      '--warm-up',
      '0.1',
      '--connections',
      '4',
      '--json',
    ]
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=countersign', program, ...words])
    const { measurements }: Report = JSON.parse(stdout)
    const peers = measurements.peers ?? []
    expect(peers.map(({ cases }) => cases.map(({ name }) => name))).toEqual(peerNames.map(peerCases))
    for (const { ours, floors } of peers.flatMap(({ cases }) => cases)) {
      for (const side of [ours, ...floors]) expect(side).toMatchObject({ failures: 0, firstFailure: null })
    }
    for (const name of peerNames) expect(renderPeers(peers)).toContain(`${name} ${versionOf(name)}`)
  }, 120_000)

  it('are named with the reason where they cannot be installed', () => {
    const skipped = { name: 'better-auth', version: '1.0.0', cases: [], idleBytes: null, loadedBytes: null } as const
    expect(renderPeers([{ ...skipped, skipped: 'npm ci failed: no network' }])).toContain(
      'better-auth was not measured: npm ci failed: no network',
    )
  })
})
