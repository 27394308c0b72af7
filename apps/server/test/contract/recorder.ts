// Asks a running server and judges each answer: by the contract, and by what holds for every answer whatever it is. It
// remembers which documented answers it has seen. It must not know what any operation does.
import { Agent, request } from 'node:http'
import { type Dialect, owns } from '../../src/dialects/kit/dialect.ts'
import { dialects } from '../../src/dialects/registry.ts'
import { type DocumentedOperation, type DocumentedResponse, faultsOf, operations, schemaNamed } from './document.ts'

export interface Question {
  /** By lower-case name; a list where a header comes twice. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** An object is sent as JSON, `URLSearchParams` as a form; anything else as it is, without a Content-Type. */
  readonly body?: object | string | Uint8Array | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The members of a JSON object; none where the body is something else. */
  readonly body: Record<string, unknown>
}

/** An answer that the contract does not allow. */
export class ContractViolation extends Error {
  constructor(what: string, faults: readonly string[]) {
    super(`${what}:\n  ${faults.join('\n  ')}`)
    this.name = 'ContractViolation'
  }
}

export class Recorder {
  /** What was seen, as `createSession 201`. */
  readonly exercised = new Set<string>()
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #port: number
  readonly #allowedOrigins: readonly string[]

  /** @param allowedOrigins The only origins whose pages may be told anything. Default: none. */
  constructor(port: number, allowedOrigins: readonly string[] = []) {
    this.#port = port
    this.#allowedOrigins = allowedOrigins
  }

  /**
   * Sends a request as it is given (no path is tidied up, no header added but what HTTP needs) and judges the answer.
   *
   * @param path The request target, with its query.
   * @throws ContractViolation
   */
  async ask(method: string, path: string, question: Question = {}): Promise<Answer> {
    const answer = await exchange(this.#agent, this.#port, method, path, question)
    const operation = operationAt(method, path)
    const faults = [
      ...(isPreflight(method, question, answer) ? [] : faultsByContract(method, path, operation, answer)),
      ...faultsOfAny(operation, question, answer),
      ...faultsOfCors(operation, question, answer, this.#allowedOrigins),
    ]
    if (faults.length > 0) throw new ContractViolation(`${method} ${path} answered ${answer.status}`, faults)
    if (operation && method !== 'HEAD' && answer.status !== 421)
      this.exercised.add(`${operation.operationId} ${answer.status}`)
    return answer
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Bytes and Content-Type of a question's body. */
function encoded(body: Question['body']): { bytes: string | Uint8Array | undefined; type: string | undefined } {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    return { bytes: body, type: undefined }
  }
  if (body instanceof URLSearchParams) return { bytes: `${body}`, type: 'application/x-www-form-urlencoded' }
  return { bytes: JSON.stringify(body), type: 'application/json' }
}

function exchange(agent: Agent, port: number, method: string, path: string, question: Question): Promise<Answer> {
  const { bytes, type } = encoded(question.body)
  const headers: string[] = 'host' in (question.headers ?? {}) ? [] : ['Host', `127.0.0.1:${port}`]
  if (type !== undefined && !('content-type' in (question.headers ?? {}))) headers.push('Content-Type', type)
  for (const [name, values] of Object.entries(question.headers ?? {})) {
    for (const value of [values].flat()) headers.push(name, value as string)
  }
  if (bytes !== undefined) headers.push('Content-Length', `${Buffer.byteLength(bytes)}`)
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const received = new Headers()
        for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) {
          received.append(response.rawHeaders[i] as string, response.rawHeaders[i + 1] as string)
        }
        const status = response.statusCode ?? 0
        const isJson = /json/.test(received.get('content-type') ?? '') && text !== ''
        resolve({ status, headers: received, text, body: isJson ? JSON.parse(text) : {} })
      })
    })
    sent.on('error', reject)
    sent.end(bytes)
  })
}

/** Literal paths first, as OpenAPI has it (`/docs` before `/docs/{asset}`). */
const byLiteralness = [...operations].sort((a, b) => a.path.split('{').length - b.path.split('{').length)

/** The operation that a request target names. */
export function operationAt(method: string, target: string): DocumentedOperation | undefined {
  // The absolute form names a host too (RFC 9112 §3.2.2).
  const path = target.replace(/^https?:\/\/[^/]*/, '').split('?', 1)[0] as string
  const asked = method === 'HEAD' ? 'GET' : method
  const find = (given: readonly string[], among: readonly DocumentedOperation[], anyCase = false) =>
    among.find((operation) => {
      const segments = operation.path.split('/')
      if (operation.method !== asked || given.length !== segments.length) return false
      return segments.every((segment, at) => {
        const one = given[at] as string
        return segment.startsWith('{') ? one !== '' : segment === (anyCase ? one.toLowerCase() : one)
      })
    })
  const exact = find(path.split('/'), byLiteralness)
  if (exact) return exact
  for (const { name, spelling } of lenient) {
    const spelled = spelling?.trailingSlash ? path.replace(/\/$/, '') : path
    const own = byLiteralness.filter((operation) => operation.tag === name && !operation.path.endsWith('/'))
    const found = find(spelled.split('/'), own, spelling?.anyCase)
    if (found) return found
  }
  return undefined
}

/** The dialects whose paths match in other spellings too. */
const lenient: readonly Dialect<object>[] = (dialects as readonly Dialect<object>[]).filter(({ spelling }) => spelling)

function faultsByContract(
  method: string,
  path: string,
  operation: DocumentedOperation | undefined,
  answer: Answer,
): string[] {
  const { status, headers, body } = answer
  const documented = operation?.responses.get(status)
  if (documented) {
    const headersOnly = method === 'HEAD' || status === 304
    return [...headerFaults(documented, headers), ...(headersOnly ? [] : bodyFaults(documented, answer))]
  }
  // There is no operation, or none that HEAD may ask, or the server is not called by its name: then a reader of this path
  // gets errors in the usual shape.
  const refused = status === 421 || ([400, 404, 405].includes(status) && (operation === undefined || method === 'HEAD'))
  if (!refused) return [`${status} is not documented`]
  const allow = status === 405 && !headers.has('allow') ? ['405 without Allow'] : []
  return method === 'HEAD' ? allow : [...allow, ...faultsOf(errorSchemaAt(path), body)]
}

/** Who reads errors below a path, the longest prefix first: a dialect's schema is called after it. */
const errorSchemas = [
  { prefix: '/oauth2', schema: 'OAuthError', anyCase: false },
  ...dialects.flatMap(({ name, paths, spelling }: Dialect<object>) =>
    paths.map((prefix) => ({
      prefix,
      schema: `${name.charAt(0).toUpperCase()}${name.slice(1)}Error`,
      anyCase: spelling?.anyCase === true,
    })),
  ),
].sort((a, b) => b.prefix.length - a.prefix.length)

const errorSchemaAt = (target: string): object =>
  schemaNamed(
    errorSchemas.find(({ prefix, anyCase }) => owns(prefix, target.split('?', 1)[0] as string, anyCase))?.schema ??
      'Problem',
  )

function headerFaults({ headers: documented }: DocumentedResponse, headers: Headers): string[] {
  return Object.entries(documented).flatMap(([name, { required, schema }]) => {
    const text = headers.get(name)
    if (text === null) return required ? [`the header ${name} is missing`] : []
    return faultsOf(schema, schema.type === 'integer' ? Number(text) : text).map((fault) => `${name}: ${fault}`)
  })
}

function bodyFaults({ content }: DocumentedResponse, { headers, text, body }: Answer): string[] {
  const type = headers.get('content-type')
  if (Object.keys(content).length === 0)
    return text === '' && type === null ? [] : ['it has a body, which is not documented']
  const media = type === null ? undefined : content[type]
  if (!media) return [`its Content-Type ${type} is not documented`]
  return faultsOf(media.schema, /json/.test(type ?? '') ? body : text)
}

/** Headers that nothing here may ever send. */
const never = ['x-powered-by', 'server', 'access-control-allow-credentials']
const always = ['x-request-id', 'content-security-policy', 'referrer-policy', 'cross-origin-opener-policy']
/** Places in our code, words of the store, files of this machine: what an error must not let out (N-184). */
const inside = /\bat \S+ \(|node:internal|node_modules|sqlite|select \w|\.ts:\d|\/tmp\//i

/** What holds for every answer: no fault of ours, no header too many or too few, nothing that may be stored. */
function faultsOfAny(
  operation: DocumentedOperation | undefined,
  question: Question,
  { status, headers, text }: Answer,
): string[] {
  const faults: string[] = []
  const response = operation?.responses.get(status)
  if (response?.unread) {
    const closed = headers.get('cache-control') === 'no-store' && headers.get('connection') === 'close'
    return closed && text === '' ? [] : ['it answers what was not read, and says more than that']
  }
  const documented = response?.headers ?? {}
  // 501 is one vendor's word for a client's fault, and the one documented exception.
  if (status >= 500 && status !== 503 && !(status === 501 && operation?.responses.has(501)))
    faults.push('a server error other than 503')
  for (const name of never) if (headers.has(name)) faults.push(`it has the header ${name}`)
  for (const name of always) if (!headers.has(name)) faults.push(`it has no header ${name}`)
  if (headers.get('x-content-type-options') !== 'nosniff') faults.push('it may be sniffed')
  for (const name of ['Set-Cookie', 'ETag', 'Clear-Site-Data']) {
    if (headers.has(name) && !(name in documented)) faults.push(`it has the header ${name}, which is not documented`)
  }
  const forgets = headers.get('clear-site-data')
  // Other hosts of the domain have cookies too, and who presents a token has nothing in a browser to be forgotten.
  if (forgets !== null && /"(?:cookies|cache|\*)"/.test(forgets)) faults.push(`it makes a browser forget ${forgets}`)
  if (forgets !== null && !('cookie' in (question.headers ?? {}))) faults.push('it clears the browser of no cookie')
  const cacheable = 'Cache-Control' in documented && headers.get('cache-control')?.startsWith('public, max-age=')
  const unstored = headers.get('cache-control') === 'no-store' && headers.get('pragma') === 'no-cache'
  if (!cacheable && !unstored) faults.push(`it may be stored: ${headers.get('cache-control')}`)
  if (status >= 400 && inside.test(text)) faults.push('its body shows the inside of the server')
  return faults
}

/** Whether a page was given leave to send a request; everything else that OPTIONS is answered, is judged as usual. */
const isPreflight = (method: string, { headers = {} }: Question, { status, text }: Answer): boolean =>
  method === 'OPTIONS' && 'access-control-request-method' in headers && status === 204 && text === ''

/** The operations that any page may read. */
const forEveryOrigin: ReadonlySet<string> = new Set(['showAuthorizationServerMetadata', 'listSigningKeys'])

/** What a browser would let a page of another origin read though it should not. */
function faultsOfCors(
  operation: DocumentedOperation | undefined,
  { headers: sent = {} }: Question,
  { status, headers }: Answer,
  allowedOrigins: readonly string[],
): string[] {
  const readableBy = headers.get('access-control-allow-origin')
  const unread = operation?.responses.get(status)?.unread === true
  if (operation && !unread && forEveryOrigin.has(operation.operationId)) {
    return readableBy === '*' ? [] : [`it is readable by ${readableBy}, and not by every page`]
  }
  if (readableBy === null) return []
  const isListed = readableBy === sent.origin && allowedOrigins.includes(readableBy)
  return [
    ...(isListed && !('cookie' in sent) ? [] : [`it is readable by ${readableBy}`]),
    ...(/\borigin\b/i.test(headers.get('vary') ?? '')
      ? []
      : ['it is readable by one origin, and Vary does not say so']),
  ]
}
