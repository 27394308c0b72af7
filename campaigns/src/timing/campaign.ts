// Whether an answer's time tells who exists (N-014): known and unknown names in turns, on every login path of the contract.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Account,
  isPerson,
  type LoginPath,
  loginPaths,
  type Question,
  routes,
  wrongSecret,
} from '@countersign/server/testing'
import { Connection, type Endpoint } from '../../../apps/server/src/testing/process/connection.ts'
import { freePort } from '../../../apps/server/src/testing/process/free-port.ts'
import { requestOf } from '../../../apps/server/src/testing/process/request.ts'
import { type Place, serve } from '../../../apps/server/src/testing/process/server-run.ts'
import { Seeded } from '../campaign/seeded.ts'
import { plantOptions } from '../injected-faults/injected-fault.ts'
import { furnish } from './accounts.ts'
import { compareSamples, median } from './mann-whitney.ts'

export const plants = {
  'no-hash-for-nobody': { does: 'a password shown for a name that nobody has is refused without a hash' },
} as const
export type PlantName = keyof typeof plants

export interface TimingOptions {
  /** Guesses at known names, and as many at unknown ones, for each path. */
  readonly samples: number
  /** Pairs of each path that are not counted, until statements are prepared and code is compiled. Default is 40. */
  readonly warmUp?: number | undefined
  readonly seed: number
  /** Names of paths, or their beginnings. Default is all. */
  readonly only?: readonly string[] | undefined
  readonly plant?: PlantName | undefined
  readonly folder?: string | undefined
  readonly progress: (path: string, done: number) => void
}

/** What was seen of one path. Times are milliseconds. */
export interface PathTiming {
  readonly path: string
  readonly knownMedian: number
  readonly unknownMedian: number
  readonly medianDifference: number
  /** Of the Mann–Whitney test, two-sided. */
  readonly p: number
}

/** The paths on which any name can be tried. */
export const timedPaths: readonly LoginPath[] = loginPaths.filter(({ anyName }) => anyName)

/** Fewer than are free, so that nobody is throttled: what is measured is the judging. */
const guessesPerName = 4

export async function runTiming(options: TimingOptions): Promise<readonly PathTiming[]> {
  const { samples, only, plant, seed, warmUp = 40 } = options
  const paths = timedPaths.filter(({ name }) => only === undefined || only.some((start) => name.startsWith(start)))
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'countersign-timing-'))
  try {
    const place = { data: join(folder, 'data'), endpoint: { host: '127.0.0.1', port: await freePort() } }
    // Paths that share a kind of account share the people, too.
    const kinds = [...new Set(paths.map(({ of }) => of))]
    const sharing = Math.max(...kinds.map((kind) => paths.filter(({ of }) => of === kind).length))
    const names = Math.ceil(((samples + warmUp) * sharing) / guessesPerName)
    const accounts = await furnish(place, kinds, names)
    const flags = ['--trusted-proxies', '127.0.0.1', '--log-level', 'error']
    await using server = await serve(place, { flags, nodeOptions: plantOptions(plant) })
    const crowd = new Crowd(place, new Seeded(seed))
    const timings: PathTiming[] = []
    for (const path of paths) {
      const known = accounts.get(path.of) ?? []
      timings.push(await crowd.time(path, known, { samples, warmUp }, (done) => options.progress(path.name, done)))
      if (!server.running) throw new Error(`the server ended: ${server.lastWords()}`)
    }
    return timings
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Everybody who guesses, each from an address of their own. */
class Crowd {
  readonly #endpoint: Endpoint
  readonly #random: Seeded
  #guesses = 0
  readonly #used = new Map<string, number>()

  constructor({ endpoint }: Place, random: Seeded) {
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
        ['unknown', this.#nobody(path, account)],
      ] as const
      // Neither is always the one after the other.
      for (const [side, who] of this.#random.below(2) === 0 ? pair : [...pair].reverse()) {
        const time = await this.#guess(connection, path, who)
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
    const account = known[Math.floor(used / guessesPerName) % known.length]
    if (!account) throw new Error(`nobody has a ${kind}`)
    return account
  }

  /** A name as long as the other, and used as often: counters are written alike. */
  #nobody(path: LoginPath, { name, ...rest }: Account): Account {
    return { ...rest, name: isPerson(path) ? `x${name.slice(1)}` : `${name.slice(0, -1)}${name.endsWith('0') ? 1 : 0}` }
  }

  async #guess(connection: Connection, path: LoginPath, account: Account): Promise<number> {
    const message = this.#message(path, account)
    const began = performance.now()
    const { status, body } = await connection.exchange(message)
    const time = performance.now() - began
    if (status !== (path.refused ?? 401)) throw new Error(`${path.name} was answered ${status} ${body}`)
    return time
  }

  #message(path: LoginPath, account: Account): string {
    const number = ++this.#guesses
    const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
    const { method, path: target } = routes[path.operationId]
    const { headers, body }: Question = path.request(account, wrongSecret(path))
    const fields = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)] as const)
    const all = { ...Object.fromEntries(fields), 'x-forwarded-for': address }
    return requestOf(this.#endpoint, { method, path: target, headers: all, body })
  }
}
