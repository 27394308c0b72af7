/**
 * Whether a client prefers a page to JSON (RFC 9110 §12.5.1). Browsers name HTML; a client that accepts anything gets
 * JSON.
 *
 * @param accept The `Accept` header.
 */
export function prefersPage(accept: string): boolean {
  let page = 0
  let json = 0
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
    if (type === 'text/html') page = weight
    if (type === 'application/json') json = weight
  }
  return page > 0 && page >= json
}
