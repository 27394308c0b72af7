/** One setting of a dialect, as it is declared: its name, what it accepts, and its default. */
export type DialectOption<Value = string | number> = {
  /** In the environment, without `COUNTERSIGN_`, e.g. `MANIFOLD_REFRESH_TOKENS`. */
  readonly name: string
  readonly reason: string
} & (
  | { readonly values: readonly Extract<Value, string>[]; readonly default: Extract<Value, string> }
  | { readonly seconds: { readonly least: number; readonly most: number }; readonly default: Extract<Value, number> }
)

/** The settings of a dialect, under the names that its code uses. */
export type DialectOptions<Values> = { readonly [K in keyof Values]: DialectOption<Values[K]> }

/**
 * The values of a dialect's settings, from the texts that the configuration read and checked.
 *
 * @param texts By the settings' names, e.g. `MANIFOLD_REFRESH_TOKENS`.
 */
export function optionValues<Values>(options: DialectOptions<Values>, texts: Readonly<Record<string, string>>): Values {
  const valueIn = (option: DialectOption) => {
    const text = texts[option.name] ?? option.default
    return 'seconds' in option ? Number(text) : text
  }
  const entries = Object.entries<DialectOption>(options).map(([key, option]) => [key, valueIn(option)])
  return Object.fromEntries(entries) as Values
}

/**
 * The setting of the reuse grace: these vendors' clients send no retry key, and several of them refresh in parallel.
 *
 * @param vendor The dialect's name in upper case.
 */
export const reuseGraceOption = (vendor: string): DialectOption<number> => ({
  name: `${vendor}_REUSE_GRACE_SECONDS`,
  seconds: { least: 0, most: 600 },
  default: 60,
  reason:
    'How long after a refresh the used token may come again from the same client address without counting as reuse. The vendor’s clients refresh in parallel. 0: never.',
})
