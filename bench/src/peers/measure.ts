// The server beside other token servers, in turns, under the same load.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, Program } from '@countersign/server/testing/process'
import { BothSides } from '../comparison/both-sides.ts'
import { type CaseResult, compare, type Pace } from '../comparison/compare.ts'
import { consumptionOf } from '../load/consumption.ts'
import { besidePeer, type Peer, peerCases } from './cases.ts'
import { install, type PeerName, peerNames, versionOf } from './install.ts'

export interface PeerResult {
  readonly name: PeerName
  readonly version: string
  /** Why it was not measured. */
  readonly skipped: string | null
  /** The peer stands in the place of the floor. */
  readonly cases: readonly CaseResult[]
  readonly idleBytes: number | null
  readonly loadedBytes: number | null
}

export interface PeersOptions extends Pace {
  readonly connections: number
  readonly folder?: string | undefined
  readonly progress: (line: string) => void
}

export async function measurePeers(options: PeersOptions): Promise<readonly PeerResult[]> {
  const found: PeerResult[] = []
  for (const name of peerNames) {
    const version = versionOf(name)
    options.progress(`${name} ${version}`)
    const place = await install(name)
    if ('failed' in place) {
      options.progress(`${name} is skipped: ${place.failed}`)
      found.push({ name, version, skipped: place.failed, cases: [], idleBytes: null, loadedBytes: null })
    } else found.push({ name, version, skipped: null, ...(await measurePeer(name, place.folder, options)) })
  }
  return found
}

async function measurePeer(
  name: PeerName,
  installed: string,
  options: PeersOptions,
): Promise<Pick<PeerResult, 'cases' | 'idleBytes' | 'loadedBytes'>> {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'countersign-peer-'))
  cleanup.defer(() => rm(folder, { recursive: true }))
  const endpoint = { host: '127.0.0.1', port: await freePort() }
  const program = cleanup.use(
    Program.start({
      arguments: [join(installed, 'server.js'), folder, `${endpoint.port}`, `${options.connections}`],
      environment: { NODE_ENV: 'production' },
      log: join(folder, 'log'),
    }),
  )
  const said = await program.said((out) => out.includes('\n'))
  const peer: Peer = { endpoint, said }
  const both = cleanup.use(await BothSides.start({ folder: options.folder }))
  const memory = () => consumptionOf(program.pid)?.residentBytes ?? null
  const idleBytes = memory()
  const cases: CaseResult[] = []
  for (const operation of peerCases(name)) {
    options.progress(`${name}: ${operation}`)
    const benchCase = await besidePeer(name, operation, peer, both.sides(options.connections))
    const processes = { ...both.processes, floor: { pid: program.pid, databaseCpuSeconds: undefined } }
    cases.push(await compare(benchCase, both.generator, processes, options))
  }
  return { cases, idleBytes, loadedBytes: memory() }
}
