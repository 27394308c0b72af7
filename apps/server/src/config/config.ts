import type { Setting } from './setting.ts'
import type { settings } from './settings.ts'

type Values<S> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** Settings that may be absent. */
type Optional = 'tlsCert' | 'tlsKey' | 'dockerImage' | 'metricsListen'

/**
 * The whole configuration, read once at start and never changed. Paths are absolute; what follows from other settings
 * is filled in.
 */
export type Config = Omit<Values<typeof settings>, Optional> &
  Partial<Pick<Values<typeof settings>, Optional>> & {
    /** The dialects' own options by their name, e.g. `MANIFOLD_REFRESH_TOKENS`. */
    readonly dialectOptions: Readonly<Record<string, string>>
  }

export type LogLevel = Config['logLevel']

/** The configuration is impossible. The message is one line for whoever starts the program. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}
