import { type Dialect, owns } from '../dialects/kit/dialect.ts'
import type { ErrorRenderer } from '../errors/error-renderer.ts'
import { nativeErrors } from '../native/errors.ts'
import { oauthErrors } from '../oauth/errors.ts'

/** Every renderer of errors by its name. */
export const namedRenderers = (dialects: readonly Dialect[]): Readonly<Record<string, ErrorRenderer>> => ({
  native: nativeErrors,
  oauth: oauthErrors,
  ...Object.fromEntries(dialects.map(({ name, errors }) => [name, errors])),
})

/** Which renderer answers: by the operation's tag, otherwise by the path, the longest prefix first. */
export function errorRenderers(enabled: readonly Dialect[]): (tag: string | undefined, path: string) => ErrorRenderer {
  const byTag = new Map<string, ErrorRenderer>([['oauth', oauthErrors]])
  const byPath = [{ prefix: '/oauth2', anyCase: false, errors: oauthErrors }]
  for (const { name, paths, spelling, errors } of enabled) {
    byTag.set(name, errors)
    for (const prefix of paths) byPath.push({ prefix, anyCase: spelling?.anyCase === true, errors })
  }
  byPath.sort((a, b) => b.prefix.length - a.prefix.length)
  return (tag, path) => {
    if (tag !== undefined) return byTag.get(tag) ?? nativeErrors
    return byPath.find(({ prefix, anyCase }) => owns(prefix, path, anyCase))?.errors ?? nativeErrors
  }
}
