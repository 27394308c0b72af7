import { type Deprecation, oneOf, type Setting, wholeNumber } from './setting.ts'
import { settings } from './settings.ts'

/** An option of a dialect: one of several words, or a number of seconds. */
export type ConfigurableOption = {
  /** The variable's name without `COUNTERSIGN_`: `MANIFOLD_REFRESH_TOKENS`. */
  readonly name: string
  readonly reason: string
  readonly deprecated?: Deprecation
} & (
  | { readonly values: readonly string[]; readonly default: string }
  | { readonly seconds: { readonly least: number; readonly most: number }; readonly default: number }
)

/** The part of a dialect that the configuration needs: its name and its options. */
export interface ConfigurableDialect {
  readonly name: string
  /** Under the names that the dialect's code uses. */
  readonly options: Readonly<Record<string, ConfigurableOption>>
}

/** A setting with all its names. */
export interface NamedSetting {
  /** In `Config` or in `Config.dialectOptions`. */
  readonly key: string
  /** Without the two dashes. */
  readonly flag: string
  readonly variable: string
  /** The dialect that declares it, or `undefined`. */
  readonly dialect: string | undefined
  readonly setting: Setting<unknown>
}

export const variablePrefix = 'COUNTERSIGN_'

/** All settings; those of the dialects come last. */
export function schemaOf(dialects: readonly ConfigurableDialect[]): readonly NamedSetting[] {
  const own = Object.entries(settings).map(([key, setting]): NamedSetting => {
    const words = key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
    // The default depends on the registered dialects, which settings.ts does not know.
    const named = key === 'dialects' ? { ...setting, fallbackWords: `all: ${namesIn(dialects)}` } : setting
    return { key, ...namesOf(words), dialect: undefined, setting: named as Setting<unknown> }
  })
  const declared = dialects.flatMap((dialect) =>
    Object.values(dialect.options).map((option): NamedSetting => {
      const { name } = option
      return { key: name, ...namesOf(name), dialect: dialect.name, setting: settingOf(option) }
    }),
  )
  return [...own, ...declared]
}

const namesIn = (dialects: readonly ConfigurableDialect[]): string =>
  dialects.map(({ name }) => `\`${name}\``).join(', ')

function settingOf(option: ConfigurableOption): Setting<unknown> {
  const { default: fallback, reason, deprecated } = option
  const shared = { fallback, reason, ...(deprecated && { deprecated }) }
  if ('values' in option) return { type: oneOf(option.values), ...shared }
  const { least, most } = option.seconds
  return { type: wholeNumber('SECONDS', least, most), unit: 'seconds', ...shared }
}

const namesOf = (words: string): Pick<NamedSetting, 'flag' | 'variable'> => ({
  flag: words.toLowerCase().replaceAll('_', '-'),
  variable: variablePrefix + words,
})
