/**
 * Whether a client prefers a page to JSON (RFC 9110 §12.5.1). Browsers name HTML; a client that accepts anything gets
 * JSON.
 *
 * @param accept The `Accept` header.
 */
export const prefersPage = (accept: string): boolean => prefers('text/html', accept)

/** The same of an event stream, which `EventSource` asks for. */
export const prefersEvents = (accept: string): boolean => prefers('text/event-stream', accept)

function prefers(named: string, accept: string): boolean {
  let other = 0
  let json = 0
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
    if (type === named) other = weight
    if (type === 'application/json') json = weight
  }
  return other > 0 && other >= json
}
