// Requests as complete messages, made before a measurement begins.
import type { Endpoint } from './connection.ts'

type Headers = Readonly<Record<string, string>>

export const getRequest = (endpoint: Endpoint, path: string, headers: Headers = {}): string =>
  head('GET', endpoint, path, headers)

export const deleteRequest = (endpoint: Endpoint, path: string, headers: Headers = {}): string =>
  head('DELETE', endpoint, path, headers)

/** A POST of an `application/json` body. */
export const jsonRequest = (endpoint: Endpoint, path: string, body: object, headers: Headers = {}): string =>
  post(endpoint, path, 'application/json', JSON.stringify(body), headers)

/** A POST of an `application/x-www-form-urlencoded` body. */
export const formRequest = (endpoint: Endpoint, path: string, body: Headers, headers: Headers = {}): string =>
  post(endpoint, path, 'application/x-www-form-urlencoded', new URLSearchParams(body).toString(), headers)

/** Any request. `URLSearchParams` are sent as a form, any other body as JSON. */
export function requestOf(
  endpoint: Endpoint,
  given: { readonly method: string; readonly path: string; readonly headers: Headers; readonly body: unknown },
): string {
  const { method, path, headers, body } = given
  if (body === undefined) return head(method, endpoint, path, headers)
  const isForm = body instanceof URLSearchParams
  const text = isForm ? body.toString() : JSON.stringify(body)
  const mediaType = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const about = { 'content-type': mediaType, 'content-length': `${Buffer.byteLength(text)}` }
  return head(method, endpoint, path, { ...headers, ...about }) + text
}

/** The value of `Authorization` for a client (RFC 6749 §2.3.1). */
export const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

function post(endpoint: Endpoint, path: string, mediaType: string, body: string, headers: Headers): string {
  const about = { 'content-type': mediaType, 'content-length': `${Buffer.byteLength(body)}` }
  return head('POST', endpoint, path, { ...headers, ...about }) + body
}

function head(method: string, { host, port }: Endpoint, path: string, headers: Headers): string {
  const fields = Object.entries({ host: `${host}:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${fields.join('')}\r\n`
}
