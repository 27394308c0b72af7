import { tokenless } from './contract.ts'

const templates = tokenless.map((operation) => operation.split('/'))

/**
 * Whether an operation reads no access token: whoever calls it shows something else, or nothing (RFC 6750 §5.3). What the
 * contract does not know may read one.
 *
 * @param path Below the base URL, without the query.
 */
export function readsNoToken(method: string, path: string): boolean {
  const called = `${method === 'HEAD' ? 'GET' : method} ${path}`.split('/')
  return templates.some(
    (template) =>
      template.length === called.length &&
      template.every((segment, at) => segment === called[at] || (segment.startsWith('{') && called[at] !== '')),
  )
}
