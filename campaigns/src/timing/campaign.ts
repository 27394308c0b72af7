// Whether the time of a response reveals which names exist (N-014): known and unknown names in turns, on every login path.
import {
  type Account,
  isUserPath,
  type LoginPath,
  loginPaths,
  type Question,
  routes,
  wrongSecret,
} from '@countersign/server/testing/contract'
import { Connection, type Endpoint, requestOf } from '@countersign/server/testing/process'
import { Seeded } from '../campaign/seeded.ts'
import { Addresses, prepareServer } from '../campaign/server.ts'
import type { InjectedFault } from '../injected-faults/injected-fault.ts'
import { createAccounts } from './accounts.ts'
import { compareSamples, median } from './mann-whitney.ts'

export const injectedFaults = {
  'no-hash-for-nobody': { breaks: [], does: 'a password for an unknown name is refused without a hash' },
} as const satisfies Record<string, InjectedFault<never>>
export type FaultName = keyof typeof injectedFaults

export interface TimingOptions {
  /** Attempts at known names for each path, and as many at unknown ones. */
  readonly samples: number
  /** Pairs of each path before the measurement, which prepare statements and compile code. Default is 40. */
  readonly warmUp?: number | undefined
  readonly seed: number
  /** Names of paths, or their first characters. Default is all. */
  readonly only?: readonly string[] | undefined
  readonly fault?: FaultName | undefined
  readonly folder?: string | undefined
  readonly progress: (path: string, done: number) => void
}

/** The result for one path. Times are milliseconds. */
export interface PathTiming {
  readonly path: string
  readonly knownMedian: number
  readonly unknownMedian: number
  readonly medianDifference: number
  /** The two-sided p-value of the Mann–Whitney test. */
  readonly p: number
}

/** The paths on which a caller can try any name. */
export const timedPaths: readonly LoginPath[] = loginPaths.filter(({ anyName }) => anyName)

/** Below the limit of attempts, since a throttled attempt would be refused without a check. */
const attemptsPerName = 4

export async function runTiming(options: TimingOptions): Promise<readonly PathTiming[]> {
  const { samples, only, fault, seed, warmUp = 40, folder } = options
  const paths = timedPaths.filter(({ name }) => only === undefined || only.some((start) => name.startsWith(start)))
  // Paths of the same kind of account share the users.
  const kinds = [...new Set(paths.map(({ of }) => of))]
  const sharing = Math.max(...kinds.map((kind) => paths.filter(({ of }) => of === kind).length))
  const names = Math.ceil(((samples + warmUp) * sharing) / attemptsPerName)
  await using server = await prepareServer({ folder, fault, flags: ['--log-level', 'error'] })
  const accounts = await createAccounts(server, kinds, names)
  await server.serve()
  const attempts = new Attempts(server.endpoint, new Seeded(seed))
  const timings: PathTiming[] = []
  for (const path of paths) {
    const known = accounts.get(path.of) ?? []
    timings.push(await attempts.time(path, known, { samples, warmUp }, (done) => options.progress(path.name, done)))
    if (!server.program.running) throw new Error(`the server ended: ${server.program.log()}`)
  }
  return timings
}

/** Login attempts, each from an address of its own. */
class Attempts {
  readonly #endpoint: Endpoint
  readonly #random: Seeded
  readonly #addresses = new Addresses()
  readonly #used = new Map<string, number>()

  constructor(endpoint: Endpoint, random: Seeded) {
    this.#endpoint = endpoint
    this.#random = random
  }

  async time(
    path: LoginPath,
    known: readonly Account[],
    { samples, warmUp }: { readonly samples: number; readonly warmUp: number },
    progress: (done: number) => void,
  ): Promise<PathTiming> {
    const connection = await Connection.open(this.#endpoint)
    const times = { known: [] as number[], unknown: [] as number[] }
    for (let at = -warmUp; at < samples; at++) {
      const account = this.#next(path.of, known)
      const pair = [
        ['known', account],
        ['unknown', this.#unknown(path, account)],
      ] as const
      // The order is random, so that neither side always comes second.
      for (const [side, tried] of this.#random.below(2) === 0 ? pair : [...pair].reverse()) {
        const time = await this.#attempt(connection, path, tried)
        if (at >= 0) times[side].push(time)
      }
      if (at > 0 && at % 50 === 0) progress(at)
    }
    connection.close()
    return {
      path: path.name,
      knownMedian: median(times.known),
      unknownMedian: median(times.unknown),
      ...compareSamples(times.known, times.unknown),
    }
  }

  #next(kind: string, known: readonly Account[]): Account {
    const used = this.#used.get(kind) ?? 0
    this.#used.set(kind, used + 1)
    const account = known[Math.floor(used / attemptsPerName) % known.length]
    if (!account) throw new Error(`there is no account with a ${kind}`)
    return account
  }

  /** A name of the same length that is used as often, so that the counters are written alike. */
  #unknown(path: LoginPath, { name, ...rest }: Account): Account {
    return {
      ...rest,
      name: isUserPath(path) ? `x${name.slice(1)}` : `${name.slice(0, -1)}${name.endsWith('0') ? 1 : 0}`,
    }
  }

  async #attempt(connection: Connection, path: LoginPath, account: Account): Promise<number> {
    const message = this.#message(path, account)
    const began = performance.now()
    const { status, body } = await connection.exchange(message)
    const time = performance.now() - began
    if (status !== (path.refused ?? 401)) throw new Error(`${path.name} was answered ${status} ${body}`)
    return time
  }

  #message(path: LoginPath, account: Account): string {
    const { method, path: target } = routes[path.operationId]
    const { headers, body }: Question = path.request(account, wrongSecret(path))
    const fields = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)] as const)
    const all = { ...Object.fromEntries(fields), 'x-forwarded-for': this.#addresses.next() }
    return requestOf(this.#endpoint, { method, path: target, headers: all, body })
  }
}
