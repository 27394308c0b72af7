/** A small container, as a person sees it. */
export interface Droplet {
  /** Stable and random; what a person may also type. */
  readonly id: string
  /** Counted from 0 in the order of creation and never given twice: what one vendor calls an instance's id. */
  readonly number: number
  readonly name: string
  readonly state: 'active' | 'stopped'
  /** Username of its creator. */
  readonly creator: string
  /** Epoch seconds. */
  readonly createdAt: number
  /** When it was last started or stopped, epoch seconds. */
  readonly changedAt: number
  /** Container port → where it can be reached; empty while stopped. */
  readonly ports: Readonly<
    Record<string, { readonly type: 'tcp' | 'udp'; readonly from: { readonly ip: string; readonly port: number } }>
  >
}

/** What a small container usually offers: a shell and the web. */
export const containerPorts = ['22', '80', '443'] as const

/** Every error of a driver, and the kind of refusal that it is. */
export const dropletErrors = {
  droplet_unknown: 'not_found',
  droplet_name_taken: 'conflict',
  droplet_name_invalid: 'invalid',
  driver_failed: 'unavailable',
  driver_unavailable: 'unavailable',
} as const
export type DropletErrorCode = keyof typeof dropletErrors

/** What a driver refuses with. `message` is the driver's own text and is meant for the caller. */
export class DropletError extends Error {
  readonly code: DropletErrorCode
  constructor(code: DropletErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DropletError'
    this.code = code
  }
}

/** Who asks for a change, as far as the trail tells that is kept beside it. */
export interface Asker {
  /** Nothing for the system itself. */
  readonly actor: { readonly kind: 'user' | 'client'; readonly id: string } | undefined
  /** How a droplet names its creator. */
  readonly name: string
  readonly address: string | undefined
  readonly requestId: string | undefined
}

/**
 * The port behind droplets; `reference` is a name or an id, an id before a name. Rejects only with `DropletError`. Whatever
 * changes is recorded with who asked for it; what cannot be recorded is not done.
 */
export interface DropletDriver {
  /** In the order of creation. */
  list(): Promise<readonly Droplet[]>
  find(number: number): Promise<Droplet | undefined>
  get(reference: string): Promise<Droplet | undefined>
  add(droplet: { readonly name?: string | undefined }, by: Asker): Promise<Droplet>
  /** As it is then, as with the two below. */
  start(reference: string, by: Asker): Promise<Droplet>
  stop(reference: string, by: Asker): Promise<Droplet>
  restart(reference: string, by: Asker): Promise<Droplet>
  remove(reference: string, by: Asker): Promise<void>
}

/** A change as the trail keeps it. */
export interface DropletChange {
  readonly action: 'add' | 'start' | 'stop' | 'restart' | 'remove'
  readonly by: Asker
  /** Epoch seconds. */
  readonly at: number
}

/** Counts and records for drivers whose engine does neither: that something was asked, before the engine is asked for it. */
export interface DropletJournal {
  /** The next number, from 0 on, for a droplet that is asked for; none is given twice, even if it never comes to be. */
  takeNumber(droplet: { readonly name: string | undefined }, change: DropletChange): Promise<number>
  record(droplet: Pick<Droplet, 'id' | 'name'>, change: DropletChange): Promise<void>
}

/** Where the `inventory` driver keeps its state. Each change is recorded in the commit that makes it. */
export interface DropletInventory extends DropletJournal {
  list(): Promise<readonly Droplet[]>
  find(number: number): Promise<Droplet | undefined>
  get(reference: string): Promise<Droplet | undefined>
  /** Gives the next number. */
  insert(droplet: Omit<Droplet, 'number'>, change: DropletChange): Promise<Droplet | 'name_taken'>
  changeState(
    reference: string,
    to: Pick<Droplet, 'state' | 'ports'>,
    change: DropletChange,
  ): Promise<Droplet | 'unknown'>
  remove(reference: string, change: DropletChange): Promise<'removed' | 'unknown'>
}
