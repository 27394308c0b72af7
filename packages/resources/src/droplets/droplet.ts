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

export type DropletErrorCode =
  | 'droplet_unknown'
  | 'droplet_name_taken'
  | 'droplet_name_invalid'
  | 'driver_failed'
  | 'driver_unavailable'

/** What a driver refuses with. `message` is the driver's own text and is meant for the caller. */
export class DropletError extends Error {
  readonly code: DropletErrorCode
  constructor(code: DropletErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DropletError'
    this.code = code
  }
}

/** The port behind droplets; `reference` is a name or an id. Rejects only with `DropletError`. */
export interface DropletDriver {
  /** In the order of creation. */
  list(): Promise<readonly Droplet[]>
  find(number: number): Promise<Droplet | undefined>
  add(droplet: { readonly name?: string | undefined; readonly creator: string }): Promise<Droplet>
  start(reference: string): Promise<void>
  stop(reference: string): Promise<void>
  restart(reference: string): Promise<void>
  remove(reference: string): Promise<void>
}

/** Counts droplets for drivers whose engine does not. */
export interface DropletNumbers {
  /** The next one, from 0 on; none is given twice, even if its droplet never comes to be. */
  takeNumber(): Promise<number>
}

/** Where the `inventory` driver keeps its state. */
export interface DropletInventory extends DropletNumbers {
  list(): Promise<readonly Droplet[]>
  find(number: number): Promise<Droplet | undefined>
  /** Gives the next number. */
  insert(droplet: Omit<Droplet, 'number'>): Promise<Droplet | 'name_taken'>
  changeState(
    reference: string,
    state: Droplet['state'],
    at: number,
    ports: Droplet['ports'],
  ): Promise<'changed' | 'unknown'>
  remove(reference: string): Promise<'removed' | 'unknown'>
}
