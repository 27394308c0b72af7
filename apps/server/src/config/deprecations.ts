// Which of the given settings will be removed in a later version.
import type { ConfigSources } from './read-config.ts'
import { type ConfigurableDialect, schemaOf } from './schema.ts'
import { withoutServiceLinks } from './service-links.ts'

export interface DeprecatedUse {
  /** As it was given: `--port` or `COUNTERSIGN_PORT`. */
  readonly setting: string
  /** What to use instead; `undefined` if nothing is needed. */
  readonly instead: string | undefined
}

/** The deprecated flags, variables and values that are in use, in the order of the settings. */
export function deprecationsIn(
  { flags, env }: ConfigSources,
  dialects: readonly ConfigurableDialect[],
): readonly DeprecatedUse[] {
  const variables = withoutServiceLinks(env)
  return schemaOf(dialects).flatMap(({ flag, variable, setting: { deprecated } }) => {
    const given = [
      [`--${flag}`, flags[flag]],
      [variable, variables[variable] || undefined],
    ] as const
    return given.flatMap(([setting, value]) => {
      if (!deprecated || value === undefined) return []
      const isMeant = deprecated.values === undefined || deprecated.values.includes(value)
      return isMeant ? [{ setting, instead: deprecated.instead }] : []
    })
  })
}
