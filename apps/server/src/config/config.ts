import type { Setting } from './setting.ts'
import type { settings } from './settings.ts'

type Values<S> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** Settings that may be absent. */
type Optional =
  | 'databaseUrl'
  | 'databaseUrlFile'
  | 'ownerPasswordFile'
  | 'tlsCert'
  | 'tlsKey'
  | 'dockerImage'
  | 'metricsListen'

/**
 * The whole configuration. It is read once at start and does not change. Paths are absolute; values that follow from
 * other settings are filled in.
 */
export type Config = Omit<Values<typeof settings>, Optional> &
  Partial<Pick<Values<typeof settings>, Optional>> & {
    /** Options of the dialects by name, e.g. `MANIFOLD_REFRESH_TOKENS`. */
    readonly dialectOptions: Readonly<Record<string, string>>
    /** Where the value of each setting comes from, by `NamedSetting.key`. */
    readonly sources: Readonly<Record<string, SettingSource>>
  }

/** Where a value comes from: the command line, the environment, or neither. */
export type SettingSource = 'flag' | 'variable' | 'default'

export type LogLevel = Config['logLevel']

/** The configuration is invalid. The message is one line for the user of the command line. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}
