import { type Dialect, owns } from '../dialects/kit/dialect.ts'
import type { ErrorRenderer } from '../errors/error-renderer.ts'
import { nativeErrors } from '../native/errors.ts'
import { oauthErrors } from '../oauth/errors.ts'

/** Who reads an answer: by the operation's tag, else by the path, the longest prefix first. */
export function errorRenderers(enabled: readonly Dialect[]): (tag: string | undefined, path: string) => ErrorRenderer {
  const byTag = new Map<string, ErrorRenderer>([['oauth', oauthErrors]])
  const byPath = [{ prefix: '/oauth2', anyCase: false, audience: oauthErrors }]
  for (const { name, paths, spelling, errors: audience } of enabled) {
    byTag.set(name, audience)
    for (const prefix of paths) byPath.push({ prefix, anyCase: spelling?.anyCase === true, audience })
  }
  byPath.sort((a, b) => b.prefix.length - a.prefix.length)
  return (tag, path) => {
    if (tag !== undefined) return byTag.get(tag) ?? nativeErrors
    return byPath.find(({ prefix, anyCase }) => owns(prefix, path, anyCase))?.audience ?? nativeErrors
  }
}
