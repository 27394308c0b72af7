import type { Config, SettingSource } from './config.ts'
import { defaultOf } from './documentation.ts'
import type { NamedSetting } from './schema.ts'
import type { HostAndPort } from './setting.ts'

/** A setting and its value, as texts. */
export interface EffectiveSetting {
  readonly named: NamedSetting
  /** As the flag takes it. `undefined`: there is none. */
  readonly value: string | undefined
  readonly source: SettingSource
  /** In words where it depends on other settings. */
  readonly fallback: string
}

/** Paths are facts of the machine. They are no concern of an owner, who may be somebody else than its administrator. */
const paths: ReadonlySet<string | undefined> = new Set(['FILE', 'FOLDER'])

/** What the owner may see of the configuration. A secret setting has no value here. */
export const effectiveSettings = (config: Config, schema: readonly NamedSetting[]): readonly EffectiveSetting[] =>
  schema
    .filter(({ setting }) => !paths.has(setting.type.placeholder))
    .map((named) => ({
      named,
      value: named.setting.secret ? undefined : written(configured(named, config)),
      source: config.sources[named.key] ?? 'default',
      fallback: defaultOf(named.setting, ''),
    }))

const configured = ({ key, dialect }: NamedSetting, config: Config): unknown =>
  dialect === undefined ? config[key as keyof Config] : config.dialectOptions[key]

function written(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.join(',')
  if (typeof value === 'object') {
    const { host, port } = value as HostAndPort
    return `${host.includes(':') ? `[${host}]` : host}:${port}`
  }
  return String(value)
}
