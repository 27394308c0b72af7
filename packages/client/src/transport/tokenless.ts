import { tokenless } from './contract.ts'

const text = tokenless
  .join('|')
  .replaceAll('.', '\\.')
  .replaceAll(/\{\w+\}/g, '[^/]+')
const operations = new RegExp(`^(${text})$`)

/**
 * Whether an operation reads no access token, because it takes another credential or none (RFC 6750 §5.3). An operation
 * outside the contract may read one.
 *
 * @param path Below the base URL, without the query.
 */
export function readsNoToken(method: string, path: string): boolean {
  return operations.test(`${method === 'HEAD' ? 'GET' : method} ${path}`)
}
