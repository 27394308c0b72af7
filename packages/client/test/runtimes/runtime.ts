/** Something that runs the client. */
export interface Runtime {
  readonly name: string
  /** How to have it, for who has not. */
  readonly install: string
  /** Where it is on this machine; nothing, where it is not. */
  find(): Promise<string | undefined>
  /** Lets it live through `life.mjs`. */
  live(executable: string, place: Place): Promise<unknown>
}

/** Where a life takes place. */
export interface Place {
  /** The client is installed there, beside `life.mjs`. */
  readonly folder: string
  readonly baseUrl: string
  /** Of the person `owner`. */
  readonly password: string
}
