/** A small container, as users see it. */
export interface Droplet {
  /** Stable and random. Users may type it. */
  readonly id: string
  /** Counted from 0 in the order of creation and never reused. One vendor calls it the id of an instance. */
  readonly number: number
  readonly name: string
  readonly state: 'active' | 'stopped'
  /** Username of its creator. */
  readonly creator: string
  /** Epoch seconds. */
  readonly createdAt: number
  /** Time of the last start or stop, epoch seconds. */
  readonly changedAt: number
  /** Container port → address where it can be reached. Empty while stopped. */
  readonly ports: Readonly<
    Record<string, { readonly type: 'tcp' | 'udp'; readonly from: { readonly ip: string; readonly port: number } }>
  >
}

/** Ports of a typical small container: SSH and web. */
export const containerPorts = ['22', '80', '443'] as const

/** Every error of a driver, with its kind. */
export const dropletErrors = {
  droplet_unknown: 'not_found',
  droplet_name_taken: 'conflict',
  droplet_name_invalid: 'invalid',
  driver_failed: 'unavailable',
  driver_unavailable: 'unavailable',
} as const
export type DropletErrorCode = keyof typeof dropletErrors

/** An error of a driver. `message` is meant for the caller. */
export class DropletError extends Error {
  readonly code: DropletErrorCode
  constructor(code: DropletErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DropletError'
    this.code = code
  }
}

/** The caller of a change, for the audit trail. */
export interface DropletCaller {
  /** `undefined` for the system itself. */
  readonly actor: { readonly kind: 'user' | 'client'; readonly id: string } | undefined
  /** The creator's name on a droplet. */
  readonly name: string
  readonly address: string | undefined
  readonly requestId: string | undefined
}

/**
 * The port for droplets. `reference` is a name or an id; an id takes precedence. Rejects only with `DropletError`.
 * Every change is recorded with its caller; a change that cannot be recorded is not made.
 */
export interface DropletDriver {
  /** In the order of creation. */
  list(): Promise<readonly Droplet[]>
  find(number: number): Promise<Droplet | undefined>
  get(reference: string): Promise<Droplet | undefined>
  add(droplet: { readonly name?: string | undefined }, by: DropletCaller): Promise<Droplet>
  /** Returns the state afterwards, as do the next two. */
  start(reference: string, by: DropletCaller): Promise<Droplet>
  stop(reference: string, by: DropletCaller): Promise<Droplet>
  restart(reference: string, by: DropletCaller): Promise<Droplet>
  remove(reference: string, by: DropletCaller): Promise<void>
}

/** A change, as recorded in the audit trail. */
export interface DropletChange {
  readonly action: 'add' | 'start' | 'stop' | 'restart' | 'remove'
  readonly by: DropletCaller
  /** Epoch seconds. */
  readonly at: number
}

/**
 * Numbers and records for drivers whose engine has neither. Changes are recorded before they are sent to the engine.
 */
export interface DropletJournal {
  /** Takes the next number, from 0, for a new droplet. A number is never reused, even if the droplet is not created. */
  takeNumber(droplet: { readonly name: string | undefined }, change: DropletChange): Promise<number>
  record(droplet: Pick<Droplet, 'id' | 'name'>, change: DropletChange): Promise<void>
}

/** Stores the state of the `inventory` driver. Each change is recorded in the same commit. */
export interface DropletInventory extends DropletJournal {
  list(): Promise<readonly Droplet[]>
  find(number: number): Promise<Droplet | undefined>
  get(reference: string): Promise<Droplet | undefined>
  /** Assigns the next number, alone on the names of droplets. */
  insert(droplet: Omit<Droplet, 'number'>, change: DropletChange): Promise<Droplet | 'name_taken'>
  changeState(
    reference: string,
    to: Pick<Droplet, 'state' | 'ports'>,
    change: DropletChange,
  ): Promise<Droplet | 'unknown'>
  remove(reference: string, change: DropletChange): Promise<'removed' | 'unknown'>
}
