// One instance, and then two, on one PostgreSQL database: how many requests, and what each costs the instances and the database.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, manySessions, ServerRun } from '@countersign/server/testing/process'
import type { BenchCase, CaseName } from '../comparison/bench-case.ts'
import type { SidesOptions } from '../comparison/both-sides.ts'
import { createAccounts } from '../comparison/cases/accounts.ts'
import { builders } from '../comparison/cases/builders.ts'
import { type Pace, warmUp } from '../comparison/compare.ts'
import { median } from '../comparison/side-result.ts'
import { BenchServer } from '../database/bench-server.ts'
import { serveFloor } from '../floor/floor.ts'
import { consumptionOf } from '../load/consumption.ts'
import { Generator } from '../load/generator.ts'
import type { SliceResult } from '../load/script.ts'

export const scaledOperations = [
  'introspect-opaque',
  'issue-jwt',
  'refresh',
  'login',
] as const satisfies readonly CaseName[]

export interface Scaled {
  readonly instances: number
  readonly requestsPerSecond: number
  readonly p50Milliseconds: number
  /** CPU time of all instances, and of the sessions of the database, per request. */
  readonly instanceMicroseconds: number
  readonly databaseMicroseconds: number
}

export interface ScalingFigures {
  readonly operations: readonly { readonly name: string; readonly measured: readonly Scaled[] }[]
}

export interface ScalingOptions extends Pace, SidesOptions {
  readonly connections: number
  readonly progress: (line: string) => void
}

/** A load process for each instance, so that none waits for the other. */
interface Instance {
  readonly run: ServerRun
  readonly generator: Generator
}

export async function measureScaling(options: ScalingOptions): Promise<ScalingFigures> {
  options.progress('setting up')
  await using started = new AsyncDisposableStack()
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'countersign-scaling-'))
  started.defer(() => rm(folder, { recursive: true }))
  const database = await started.use(await BenchServer.open(options.database ?? 'own')).database()
  const env = { COUNTERSIGN_DATABASE_URL: database.url }
  const first = started.use(await ServerRun.prepare({ folder, built: true, flags: manySessions, env }))
  const issuer = ['--issuer', `http://127.0.0.1:${first.port}`]
  const accounts = await createAccounts(first)
  await first.serve({ flags: issuer })
  const key = ['--master-key-file', join(first.data, 'master.key')]
  const second = started.use(await ServerRun.prepare({ folder, built: true, flags: [...manySessions, ...key], env }))
  await second.serve({ flags: issuer })
  // The cases are made with a floor. It is not measured here.
  const floor = { host: '127.0.0.1', port: await freePort() }
  started.use(await serveFloor(folder, floor))
  const instances = [first, second].map((run) => ({ run, generator: started.use(new Generator()) }))
  const operations = []
  for (const name of scaledOperations) {
    const measured: Scaled[] = []
    for (const count of [1, 2]) {
      options.progress(`${name}, ${count} of 2`)
      const each = Math.ceil(options.connections / count)
      const used = instances.slice(0, count)
      const cases = []
      for (const { run } of used) {
        const sides = { server: run.endpoint, floor, run: first, accounts, connections: each }
        cases.push(await builders[name](sides))
      }
      measured.push(await together(used, cases, () => database.cpuSeconds(), options))
    }
    operations.push({ name, measured })
  }
  return { operations }
}

async function together(
  instances: readonly Instance[],
  cases: readonly BenchCase[],
  databaseCpu: () => Promise<number | undefined>,
  pace: Pace,
): Promise<Scaled> {
  const all = <T>(work: (generator: Generator, benchCase: BenchCase) => Promise<T>): Promise<T[]> =>
    Promise.all(instances.map(({ generator }, at) => work(generator, cases[at] as BenchCase)))
  const cpu = () => instances.reduce((sum, { run }) => sum + (consumptionOf(run.program.pid)?.cpuSeconds ?? 0), 0)
  await all((generator, { ours, warmUpAnswers }) => warmUp(generator, ours, warmUpAnswers / cases.length, pace))
  const [instanceBefore, databaseBefore] = [cpu(), (await databaseCpu()) ?? 0]
  const slices: SliceResult[] = []
  const rates: number[] = []
  for (let round = 0; round < Math.ceil(pace.seconds / pace.sliceSeconds); round++) {
    const results = await all((generator, { ours }) => generator.slice(ours, pace.sliceSeconds))
    const wrong = results.find(({ failures }) => failures > 0)
    if (wrong) throw new Error(`a wrong answer: ${wrong.firstFailure}`)
    slices.push(...results)
    rates.push(results.reduce((sum, { answers, seconds }) => sum + answers / seconds, 0))
  }
  const answers = slices.reduce((sum, slice) => sum + slice.answers, 0)
  const perRequest = (seconds: number): number => (seconds / answers) * 1e6
  const [instanceAfter, databaseAfter] = [cpu(), (await databaseCpu()) ?? 0]
  await all((generator, { ours }) => generator.close(ours))
  return {
    instances: instances.length,
    requestsPerSecond: median(rates),
    p50Milliseconds: median(slices.flatMap(({ latenciesMilliseconds }) => [...latenciesMilliseconds])),
    instanceMicroseconds: perRequest(instanceAfter - instanceBefore),
    databaseMicroseconds: perRequest(databaseAfter - databaseBefore),
  }
}
