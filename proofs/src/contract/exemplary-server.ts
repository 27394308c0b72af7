// A server that knows the contract and nothing else: it judges each request by the shapes that the real one is built
// with, and answers with the contract's own examples.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import {
  buildRouter,
  chooseMediaType,
  type DocumentedOperation,
  examplesOf,
  formMediaType,
  operations,
  parseForm,
  parseJsonObject,
  parseQuery,
  shapesOf,
} from '@countersign/server/testing/contract'
import { compiledContract } from '@countersign/spec/compiled'

/** A documented answer, as one example has it. */
export interface ExampleAnswer {
  readonly status: number
  readonly mediaType: string | undefined
  readonly example: unknown
  readonly headers: Readonly<Record<string, string>>
}

export interface ExemplaryServer {
  readonly url: string
  /** The operations that were asked. */
  readonly asked: ReadonlySet<string>
  /** What was wrong with requests. */
  readonly faults: readonly string[]
  /** Answers everything with this from now on; `undefined`: with the first example of success. */
  answerWith(answer: ExampleAnswer | undefined): void
  close(): Promise<void>
}

/** Every documented answer of an operation, once for each example. */
export function answersOf({ responses }: DocumentedOperation): readonly ExampleAnswer[] {
  return [...responses].flatMap<ExampleAnswer>(([status, { content, headers: documented }]) => {
    const headers = Object.fromEntries(Object.entries(documented).map(([name, { example }]) => [name, String(example)]))
    const shared = { status, headers }
    const bodies = Object.entries(content).flatMap(([mediaType, media]) =>
      examplesOf(media).map((example) => ({ ...shared, mediaType, example })),
    )
    return bodies.length > 0 ? bodies : [{ ...shared, mediaType: undefined, example: undefined }]
  })
}

export async function startExemplaryServer(): Promise<ExemplaryServer> {
  const shapes = shapesOf(compiledContract)
  const router = buildRouter(operations.map((operation) => ({ ...operation, stateChanging: false })))
  const asked = new Set<string>()
  const faults: string[] = []
  let fixed: ExampleAnswer | undefined

  const judge = async (request: IncomingMessage): Promise<DocumentedOperation> => {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const { route, params } = router.match(request.method ?? '', path)
    const shape = shapes.get(route.operationId)
    const bytes = await bytesOf(request)
    const mediaType = bytes.length === 0 ? '' : chooseMediaType(request.rawHeaders, shape?.mediaTypes ?? [])
    const parse = mediaType === formMediaType ? (form: Buffer) => parseForm(form).parameters : parseJsonObject
    const body = bytes.length === 0 ? {} : { body: parse(bytes), mediaType }
    const outcome = shape?.check({ params, query: parseQuery(query), headers: request.headers, ...body })
    if (!outcome?.ok) faults.push(`${route.operationId}: ${JSON.stringify(outcome?.errors)}`)
    asked.add(route.operationId)
    return route
  }

  const server = createServer(async (request, response) => {
    try {
      const operation = await judge(request)
      send(response, fixed ?? successOf(operation))
    } catch (error) {
      faults.push(`${request.method} ${request.url}: ${String(error)}`)
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    faults,
    answerWith: (answer) => {
      fixed = answer
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function successOf(operation: DocumentedOperation): ExampleAnswer {
  const success = answersOf(operation).find(({ status }) => status < 300)
  if (!success) throw new Error(`${operation.operationId} never succeeds`)
  return success
}

const encodings: Readonly<Record<string, (text: string) => string | Buffer>> = {
  identity: (text) => text,
  br: (text) => brotliCompressSync(text),
  gzip: (text) => gzipSync(text),
}

function send(response: ServerResponse, { status, headers, mediaType, example }: ExampleAnswer): void {
  response.writeHead(status, { ...headers, ...(mediaType === undefined ? {} : { 'content-type': mediaType }) })
  if (example === undefined) {
    response.end()
    return
  }
  const text = /json/.test(mediaType ?? '') ? JSON.stringify(example) : String(example)
  const encode = encodings[headers['Content-Encoding'] ?? 'identity']
  if (!encode) throw new Error(`no example can be encoded as ${headers['Content-Encoding']}`)
  response.end(encode(text))
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
