// Droplets as containers of a Docker or Podman engine, through its socket. The driver touches only its own containers;
// other containers of the same engine stay invisible, whatever their names.
import Docker from 'dockerode'
import {
  containerPorts,
  type Droplet,
  type DropletCaller,
  type DropletChange,
  type DropletDriver,
  type DropletJournal,
} from './droplet.ts'
import {
  containersFrom,
  creatorLabel,
  dropletErrorOf,
  dropletFrom,
  type InspectedContainer,
  type ListedContainer,
  numberLabel,
  realmLabel,
  refusalOf,
  shortIdLength,
  unreadable,
} from './engine-answer.ts'
import type { Clock } from './inventory.ts'
import { madeUpNames, type Random } from './names.ts'
import { invalidName, isName, nameTaken, noSuchContainerToStart, unknown } from './refusals.ts'
import { turnstile } from './turnstile.ts'

export interface DockerDriverOptions {
  /** Path of the engine's socket. */
  readonly socket: string
  /** The image of every droplet, by name or id. It must exist locally: the driver never pulls. */
  readonly image: string
  /** Separates the droplets of several servers on one engine; none sees those of another realm. */
  readonly realm: string
  /** The host address on which ports are published. Default: 127.0.0.1. */
  readonly publishAddress?: string
  /** Time limit of a whole operation, including waiting. Default: 15000. */
  readonly timeoutMilliseconds?: number
  /** Concurrent operations. Default: 4. */
  readonly concurrency?: number
  /** Operations that may wait; the next one is refused. Default: 64. */
  readonly waiting?: number
}

/** How long a container may take to stop; then the engine kills it. Far less than the time limit of an operation. */
const graceSeconds = 3
const alreadySo = 304

export interface DockerDriverParts {
  readonly journal: DropletJournal
  readonly clock: Clock
  readonly random: Random
}

/**
 * A droplet driver on a container engine. Every operation ends within its time limit, and rejects only with
 * `DropletError`: `driver_failed` with the engine's message, `driver_unavailable` without an answer. A change is
 * recorded before it is sent to the engine.
 */
export const dockerDriver = (
  options: DockerDriverOptions,
  { journal, clock, random }: DockerDriverParts,
): DropletDriver => {
  const { socket, image, realm, publishAddress = '127.0.0.1', timeoutMilliseconds = 15_000 } = options
  const { pass } = turnstile(options.concurrency ?? 4, options.waiting ?? 64)
  const engine = new Docker({ socketPath: socket })
  const changed = (action: DropletChange['action'], by: DropletCaller): DropletChange => ({
    action,
    by,
    at: clock.now(),
  })

  const within = async <T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const signal = AbortSignal.timeout(timeoutMilliseconds)
    try {
      return await pass(() => endedBy(task(signal), signal), signal)
    } catch (error) {
      throw dropletErrorOf(error)
    }
  }

  const listed = async (signal: AbortSignal, labels: readonly string[] = []) => {
    const filters = { label: [`${realmLabel}=${realm}`, ...labels] }
    return containersFrom(await engine.listContainers({ all: true, filters, abortSignal: signal }))
  }

  const inspected = async (id: string, signal: AbortSignal): Promise<Droplet | undefined> => {
    try {
      return dropletFrom((await engine.getContainer(id).inspect({ abortSignal: signal })) as InspectedContainer)
    } catch (error) {
      // Removed since it was listed.
      if (refusalOf(error)?.status === 404) return undefined
      throw error
    }
  }

  const droplets = async (signal: AbortSignal, labels?: readonly string[]): Promise<Droplet[]> => {
    const found: Droplet[] = []
    for (const { Id } of await listed(signal, labels)) {
      const droplet = await inspected(Id, signal)
      if (droplet) found.push(droplet)
    }
    return found.sort((one, other) => one.number - other.number)
  }

  /**
   * Finds one of the driver's containers, by id before name. The caller's text never becomes part of an engine path.
   */
  const referred = async (reference: string, signal: AbortSignal): Promise<ListedContainer | undefined> => {
    const containers = await listed(signal)
    return (
      containers.find(({ Id }) => Id === reference || Id.slice(0, shortIdLength) === reference) ??
      containers.find(({ Names }) => Names.includes(`/${reference}`))
    )
  }

  type Ask = (container: Docker.Container, abortSignal: AbortSignal) => Promise<unknown>
  interface AskOptions {
    /** States in which no request is needed. Default: none. */
    readonly done?: readonly string[]
    readonly refuse?: typeof unknown
  }

  /** @returns The id of the container. */
  const act = async (
    reference: string,
    change: DropletChange,
    ask: Ask,
    { done = [], refuse = unknown }: AskOptions,
    signal: AbortSignal,
  ): Promise<string> => {
    const found = await referred(reference, signal)
    if (!found) throw refuse(reference)
    if (found.State !== undefined && done.includes(found.State)) return found.Id
    await journal.record({ id: found.Id.slice(0, shortIdLength), name: nameOf(found) }, change)
    try {
      await ask(engine.getContainer(found.Id), signal)
    } catch (error) {
      const status = refusalOf(error)?.status
      if (status === 404) throw refuse(reference)
      if (status !== alreadySo) throw error
    }
    return found.Id
  }

  const turn = (reference: string, change: DropletChange, ask: Ask, given: AskOptions = {}): Promise<Droplet> =>
    within(async (signal) => {
      const droplet = await inspected(await act(reference, change, ask, given, signal), signal)
      // Removed concurrently.
      if (!droplet) throw (given.refuse ?? unknown)(reference)
      return droplet
    })

  const create = async (name: string, number: number, creator: string, abortSignal: AbortSignal) => {
    const ports = containerPorts.map((port) => `${port}/tcp`)
    try {
      return await engine.createContainer({
        name,
        abortSignal,
        Image: image,
        Labels: { [realmLabel]: realm, [numberLabel]: String(number), [creatorLabel]: creator },
        ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
        HostConfig: {
          // Without a port number the engine chooses a free one.
          PortBindings: Object.fromEntries(ports.map((port) => [port, [{ HostIp: publishAddress, HostPort: '' }]])),
          SecurityOpt: ['no-new-privileges'],
        },
      })
    } catch (error) {
      if (isNameConflict(error)) return 'name_taken'
      throw error
    }
  }

  const startNew = async (container: Docker.Container, signal: AbortSignal): Promise<Droplet> => {
    try {
      await container.start({ abortSignal: signal })
      const droplet = await inspected(container.id, signal)
      if (!droplet) throw unreadable(undefined)
      return droplet
    } catch (error) {
      // A container that did not start is removed. If that fails too, it is listed as stopped and can be removed later.
      await container.remove({ force: true, v: true, abortSignal: signal }).catch(() => undefined)
      throw error
    }
  }

  return {
    list: () => within(droplets),
    find: (number) => within(async (signal) => (await droplets(signal, [`${numberLabel}=${number}`]))[0]),
    get: (reference) =>
      within(async (signal) => {
        const found = await referred(reference, signal)
        return found && inspected(found.Id, signal)
      }),
    add: ({ name }, by) =>
      within(async (signal) => {
        if (name !== undefined && !isName(name)) throw invalidName(name)
        const number = await journal.takeNumber({ name }, changed('add', by))
        for (const candidate of name === undefined ? madeUpNames(random) : [name]) {
          const container = await create(candidate, number, by.name, signal)
          if (container !== 'name_taken') return startNew(container, signal)
        }
        throw nameTaken(name)
      }),
    start: (reference, by) =>
      turn(reference, changed('start', by), (container, abortSignal) => container.start({ abortSignal }), {
        done: ['running'],
        refuse: noSuchContainerToStart,
      }),
    stop: (reference, by) =>
      turn(
        reference,
        changed('stop', by),
        (container, abortSignal) => container.stop({ t: graceSeconds, abortSignal }),
        {
          done: ['created', 'exited'],
        },
      ),
    restart: (reference, by) =>
      turn(reference, changed('restart', by), (container, abortSignal) =>
        container.restart({ t: graceSeconds, abortSignal }),
      ),
    remove: (reference, by) =>
      within(async (signal) => {
        const remove: Ask = (container, abortSignal) => container.remove({ force: true, v: true, abortSignal })
        await act(reference, changed('remove', by), remove, {}, signal)
      }),
  }
}

const nameOf = ({ Names }: ListedContainer): string => (Names[0] ?? '').replace(/^\//, '')

/** Docker answers 409; Podman 4 answers 500 and says the reason only in its message. */
const isNameConflict = (error: unknown): boolean => {
  const refusal = refusalOf(error)
  return refusal !== undefined && (refusal.status === 409 || /\bname\b.*\balready in use\b/.test(refusal.words))
}

/** The signal closes a call's socket; this stops waiting even if the library does not notice. */
const endedBy = <T>(task: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = () => reject(signal.reason)
    signal.addEventListener('abort', end, { once: true })
    task.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
