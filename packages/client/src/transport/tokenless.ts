import { tokenless } from './contract.ts'

const templates = tokenless.map((operation) => operation.split('/'))

/**
 * Whether an operation reads no access token, because it takes another credential or none (RFC 6750 §5.3). An operation
 * outside the contract may read one.
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
