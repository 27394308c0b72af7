// Translates a container engine's answers into droplets and errors. The answers are untrusted input.
import { type Droplet, DropletError } from './droplet.ts'
import { failed, unavailable } from './refusals.ts'

/** Labels of the driver's containers: realm, number, creator. */
export const realmLabel = 'countersign.droplet'
export const numberLabel = 'countersign.number'
export const creatorLabel = 'countersign.creator'

/** The used part of an inspected container. */
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

/** The used part of a listed container. */
export interface ListedContainer {
  readonly Id: string
  readonly Names: readonly string[]
  /** `running`, `exited` and others, if the engine reports it. */
  readonly State?: string
}

/** @throws DropletError `driver_failed` if the answer is not a list of containers. */
export const containersFrom = (answer: unknown): readonly ListedContainer[] => {
  if (!Array.isArray(answer) || !answer.every(isListed)) throw unreadable(undefined)
  return answer
}

const isListed = (entry: unknown): entry is ListedContainer => {
  const { Id, Names } = (entry ?? {}) as Partial<ListedContainer>
  return typeof Id === 'string' && /^[0-9a-f]{12,64}$/.test(Id) && Array.isArray(Names)
}

/** Length of the ids that engines print. */
export const shortIdLength = 12

/** @throws DropletError `driver_failed` if the answer does not describe one of the driver's containers. */
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
      // A container that was never started has a time in the year 1.
      changedAt: changedAt ?? createdAt,
      ports: State.Running ? portsFrom(NetworkSettings?.Ports ?? {}) : {},
    }
  } catch (error) {
    throw unreadable(error)
  }
}

type EnginePorts = NonNullable<NonNullable<InspectedContainer['NetworkSettings']>['Ports']>

/** `22/tcp` → where it is published. Unpublished ports and unexpected entries are left out. */
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

export const unreadable = (cause: unknown): DropletError => failed('its answer is invalid', cause)

const longestWords = 500

/** The engine's refusal, or `undefined` if it did not answer. */
export const refusalOf = (error: unknown): { readonly status: number; readonly words: string } | undefined => {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined
  const answer: unknown = 'json' in error ? error.json : undefined
  const said = typeof answer === 'object' && answer !== null && 'message' in answer ? answer.message : undefined
  const words = typeof said === 'string' ? said : `status ${error.statusCode}`
  // One line without control characters.
  return { status: error.statusCode, words: words.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longestWords) }
}

/** Converts any rejection of a call to a `DropletError`. */
export const dropletErrorOf = (error: unknown): DropletError => {
  if (error instanceof DropletError) return error
  const refusal = refusalOf(error)
  return refusal ? failed(refusal.words, error) : unavailable(error)
}
