// What a container engine answers, as droplets and as errors. It is somebody else's program: nothing in it is taken on trust.
import { type Droplet, DropletError } from './droplet.ts'
import { failed, unavailable } from './refusals.ts'

/** Whose droplet a container is; one engine may serve several. */
export const realmLabel = 'countersign.droplet'
export const numberLabel = 'countersign.number'
export const creatorLabel = 'countersign.creator'

/** As much of an inspected container as is read. */
export interface InspectedContainer {
  readonly Id: string
  readonly Name: string
  readonly Created: string
  readonly State: { readonly Running: boolean; readonly StartedAt: string; readonly FinishedAt: string }
  readonly Config: { readonly Labels?: Readonly<Record<string, string>> | null }
  readonly NetworkSettings?: {
    readonly Ports?: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>> | null
  }
}

/** As much of a listed container as is read. */
export interface ListedContainer {
  readonly Id: string
  readonly Names: readonly string[]
  /** `running`, `exited` and the like, where the engine says it. */
  readonly State?: string
}

/** @throws DropletError `driver_failed` for what is no list of containers. */
export const containersFrom = (answer: unknown): readonly ListedContainer[] => {
  if (!Array.isArray(answer) || !answer.every(isListed)) throw unreadable(undefined)
  return answer
}

const isListed = (entry: unknown): entry is ListedContainer => {
  const { Id, Names } = (entry ?? {}) as Partial<ListedContainer>
  return typeof Id === 'string' && /^[0-9a-f]{12,64}$/.test(Id) && Array.isArray(Names)
}

/** As long as engines print an id. */
export const shortIdLength = 12

/** @throws DropletError `driver_failed` for what is no description of a container of ours. */
export const dropletFrom = (container: InspectedContainer): Droplet => {
  try {
    const { Id, Name, Created, State, Config, NetworkSettings } = container
    const number = Config.Labels?.[numberLabel] ?? ''
    if (!/^\d{1,15}$/.test(number)) throw new TypeError(`the number ${JSON.stringify(number)} is none`)
    const createdAt = epochSeconds(Created)
    const changedAt = epochSeconds(State.Running ? State.StartedAt : State.FinishedAt)
    if (createdAt === undefined) throw new TypeError(`the time ${JSON.stringify(Created)} is none`)
    return {
      id: Id.slice(0, shortIdLength),
      number: Number(number),
      name: Name.replace(/^\//, ''),
      state: State.Running ? 'active' : 'stopped',
      creator: Config.Labels?.[creatorLabel] ?? '',
      createdAt,
      // Made and never started: an engine says the year 1.
      changedAt: changedAt ?? createdAt,
      ports: State.Running ? portsFrom(NetworkSettings?.Ports ?? {}) : {},
    }
  } catch (error) {
    throw unreadable(error)
  }
}

type EnginePorts = NonNullable<NonNullable<InspectedContainer['NetworkSettings']>['Ports']>

/** `22/tcp` → where it is published; what is only exposed, or not as expected, is left out. */
const portsFrom = (ports: EnginePorts): Droplet['ports'] =>
  Object.fromEntries(
    Object.entries(ports).flatMap(([key, bindings]) => {
      const [port = '', type = ''] = key.split('/')
      const binding = bindings?.[0]
      if (binding === undefined || (type !== 'tcp' && type !== 'udp')) return []
      return [[port, { type, from: { ip: binding.HostIp || '0.0.0.0', port: Number(binding.HostPort) } }]]
    }),
  )

const epochSeconds = (time: string): number | undefined => {
  const milliseconds = Date.parse(time)
  return milliseconds > 0 ? Math.floor(milliseconds / 1000) : undefined
}

export const unreadable = (cause: unknown): DropletError => failed('its answer cannot be read', cause)

const longestWords = 500

/** The engine's own words for what it refused; nothing if it did not answer at all. */
export const refusalOf = (error: unknown): { readonly status: number; readonly words: string } | undefined => {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined
  const answer: unknown = 'json' in error ? error.json : undefined
  const said = typeof answer === 'object' && answer !== null && 'message' in answer ? answer.message : undefined
  const words = typeof said === 'string' ? said : `status ${error.statusCode}`
  // One line, without what a terminal would obey.
  return { status: error.statusCode, words: words.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longestWords) }
}

/** Whatever a call rejected with, as the one error that a driver rejects with. */
export const dropletErrorOf = (error: unknown): DropletError => {
  if (error instanceof DropletError) return error
  const refusal = refusalOf(error)
  return refusal ? failed(refusal.words, error) : unavailable(error)
}
