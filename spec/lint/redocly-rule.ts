/** What the linter hands to a rule; only what our rules use of it. */
export interface Context {
  report(problem: { message: string; location?: Location }): void
  /** Follows a `$ref`; anything else comes back as it is. */
  resolve(value: unknown): { node?: unknown }
  readonly location: Location
}

export interface Location {
  child(path: string | readonly (string | number)[]): Location
  readonly pointer: string
}

/** Anything of the document. */
export type Value = Record<string, unknown>

/** A rule: what to do at each kind of place. */
export type Rule = () => Record<string, (value: Value, context: Context) => void>

export const isObject = (value: unknown): value is Value =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** A member that is an object, its `$ref` followed; an empty one if there is none. */
export const object = (value: unknown, context: Context): Value => {
  const target = isObject(value) && '$ref' in value ? context.resolve(value).node : value
  return isObject(target) ? target : {}
}

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
