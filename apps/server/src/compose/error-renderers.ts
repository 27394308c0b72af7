import { type Dialect, owns } from '../dialects/kit/dialect.ts'
import type { Audience } from '../errors/error-renderer.ts'
import { nativeAudience } from '../native/errors.ts'
import { oauthAudience } from '../oauth/errors.ts'

/** Who reads an answer: by the operation's tag, else by the path, the longest prefix first. */
export function audiences(enabled: readonly Dialect[]): (tag: string | undefined, path: string) => Audience {
  const byTag = new Map<string, Audience>([['oauth', oauthAudience]])
  const byPath = [{ prefix: '/oauth2', anyCase: false, audience: oauthAudience }]
  for (const { name, paths, spelling, audience } of enabled) {
    byTag.set(name, audience)
    for (const prefix of paths) byPath.push({ prefix, anyCase: spelling?.anyCase === true, audience })
  }
  byPath.sort((a, b) => b.prefix.length - a.prefix.length)
  return (tag, path) => {
    if (tag !== undefined) return byTag.get(tag) ?? nativeAudience
    return byPath.find(({ prefix, anyCase }) => owns(prefix, path, anyCase))?.audience ?? nativeAudience
  }
}
