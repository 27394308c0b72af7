// The spellings of one path that servers may read differently (RFC 3986 §6.2.2, and common server behaviour).
import { splitTarget } from '../http/message.ts'

const unreserved = /^[A-Za-z0-9._~-]$/
/** Some servers treat a backslash, others an escaped slash, backslash or NUL, as a separator. */
const ambiguous = /\\|%5c|%2f|%00|%(?![0-9A-Fa-f]{2})/i

/**
 * The spellings of a request target's path: as sent; normalised (escapes, dot segments, repeated slashes); without a
 * trailing slash; without segment parameters (`;v=1`); and in lower case, because many servers ignore the case of
 * paths.
 *
 * @returns `undefined` if the target is not a path, or servers disagree about its segments.
 */
export function spellingsOf(target: string): readonly string[] | undefined {
  const [path = ''] = splitTarget(target).path.split('#', 1)
  if (path !== '' && !path.startsWith('/')) return undefined
  if (ambiguous.test(path)) return undefined
  const normal = normalized(path)
  const bare = normalized(normal.replaceAll(/;[^/]*/g, ''))
  const read = [normal, bare].flatMap((one) => [one, withoutSlash(one)])
  return [...new Set([path, ...read, ...read.map((one) => one.toLowerCase())])]
}

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/\/$/, '') : path)

function normalized(path: string): string {
  const decoded = path.replaceAll(/%[0-9A-Fa-f]{2}/g, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return unreserved.test(character) ? character : escaped.toUpperCase()
  })
  const kept: string[] = []
  const segments = decoded.split('/').slice(1)
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.' && segment !== '') kept.push(segment)
  }
  const last = segments.at(-1)
  const open = last === '' || last === '.' || last === '..'
  return `/${kept.join('/')}${open && kept.length > 0 ? '/' : ''}`
}
