import { isInParts, type ResponseValue } from '../http/message.ts'

/** The result of a handler, as the generated `Output` types define it. */
interface HandlerAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string | number | undefined>>
  readonly contentType?: string
}

const none: Readonly<Record<string, string | number | undefined>> = {}

/** Serialises a handler's documented answer: JSON, unless the answer names another media type. */
export function respond(answer: unknown): ResponseValue {
  const { status, body, headers = none, contentType } = answer as HandlerAnswer
  const out: Record<string, string | number> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value !== undefined) out[name.toLowerCase()] = value
  }
  if (body === undefined) return { status, headers: out, body: undefined }
  out['content-type'] = contentType ?? 'application/json'
  const raw = typeof body === 'string' || body instanceof Uint8Array || isInParts(body)
  return { status, headers: out, body: raw ? body : JSON.stringify(body) }
}
