// The binding to node:http. It only translates: a message into a request value, a response value into bytes. The
// pipeline decides the status of a fault; this file only has the fallback for a defect of the pipeline itself.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Random } from '@countersign/core'
import {
  chooseRequestId,
  type Handle,
  isInParts,
  type RequestHeaders,
  type RequestValue,
  type ResponseValue,
  splitTarget,
} from '../message.ts'
import { discardBody, readBody } from '../parse/body.ts'
import { endOfArrivals } from './arrivals.ts'
import { sendParts } from './parts.ts'

export interface BindingOptions {
  readonly random: Random
  /** Default: 16,384. */
  readonly bodyLimitBytes?: number
  /** Called for defects: the pipeline threw, or its answer cannot be written. */
  readonly onFault: (fault: unknown, requestId: string) => void
}

/** Binds the pipeline to a `node:http` or `node:https` server. */
export function nodeBinding(handle: Handle, options: BindingOptions): RequestListener {
  return (message, response) => {
    void exchange(handle, options, message, response, message.url ?? '')
  }
}

/**
 * Handles one request, for every binding that uses `node:http` messages. Never rejects.
 *
 * @param target The request target as the client sent it: frameworks rewrite `message.url`.
 */
export async function exchange(
  handle: Handle,
  options: BindingOptions,
  message: IncomingMessage,
  response: ServerResponse,
  target: string,
): Promise<void> {
  const requestId = chooseRequestId(message.headers['x-request-id'], options.random)
  try {
    await endOfArrivals()
    const answer = await handle(new NodeRequest(message, response, target, requestId, options.bodyLimitBytes))
    const drained = message.complete || (await discardBody(message))
    if (isInParts(answer.body)) await writeParts(message, response, answer, answer.body, drained)
    else write(message, response, answer, answer.body, drained)
  } catch (fault) {
    options.onFault(fault, requestId)
    sendFallback(response)
  }
}

class NodeRequest implements RequestValue {
  readonly path: string
  readonly query: string
  readonly requestId: string
  readonly #message: IncomingMessage
  readonly #response: ServerResponse
  readonly #bodyLimitBytes: number | undefined
  #body: Promise<Buffer | undefined> | undefined
  #signal: AbortSignal | undefined

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    target: string,
    requestId: string,
    bodyLimitBytes: number | undefined,
  ) {
    const { path, query } = splitTarget(target)
    this.path = path
    this.query = query
    this.requestId = requestId
    this.#message = message
    this.#response = response
    this.#bodyLimitBytes = bodyLimitBytes
  }

  get method(): string {
    return this.#message.method ?? ''
  }

  get headers(): RequestHeaders {
    return this.#message.headers
  }

  get rawHeaders(): readonly string[] {
    return this.#message.rawHeaders
  }

  get remoteAddress(): string {
    return this.#message.socket.remoteAddress ?? ''
  }

  get encrypted(): boolean {
    return 'encrypted' in this.#message.socket
  }

  /** Created on first use: most requests end before anything waits for it. */
  get signal(): AbortSignal {
    this.#signal ??= abortsWithClient(this.#message, this.#response)
    return this.#signal
  }

  get aborted(): boolean {
    return this.#signal?.aborted ?? isGone(this.#response)
  }

  body(): Promise<Buffer | undefined> {
    this.#body ??= readBody(this.#message, this.#bodyLimitBytes)
    return this.#body
  }
}

const isGone = (response: ServerResponse): boolean => response.destroyed || response.socket?.destroyed === true

function abortsWithClient(message: IncomingMessage, response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  leaveWithClient(message, response)
  if (isGone(response)) controller.abort()
  else {
    response.once('close', () => {
      if (!response.writableFinished) controller.abort()
    })
  }
  return controller.signal
}

/** For work that only a present client is worth: a client that has ended its side counts as gone. */
function leaveWithClient({ socket }: IncomingMessage, response: ServerResponse): void {
  const leave = () => void socket.destroy()
  if (socket.readableEnded) leave()
  socket.once('end', leave)
  response.once('close', () => socket.off('end', leave))
}

type Headers = Record<string, string | number | string[]>

/** A connection that is not read to its end is closed. */
const headersOf = ({ headers }: ResponseValue, drained: boolean): Headers =>
  (drained ? { ...headers } : { ...headers, connection: 'close' }) as Headers

function write(
  message: IncomingMessage,
  response: ServerResponse,
  answer: ResponseValue,
  body: string | Uint8Array | undefined,
  drained: boolean,
): void {
  if (isGone(response)) return
  const { status } = answer
  const headers = headersOf(answer, drained)
  // These two never have a body, and `Content-Length: 0` would be wrong (RFC 9110 §8.6).
  if (status === 204 || status === 304) {
    response.writeHead(status, headers)
    response.end()
    return
  }
  headers['content-length'] = body === undefined ? 0 : Buffer.byteLength(body)
  response.writeHead(status, headers)
  if (body === undefined || message.method === 'HEAD') response.end()
  else response.end(body)
}

/** A response without a length. Where nobody reads it, its maker is told. */
async function writeParts(
  message: IncomingMessage,
  response: ServerResponse,
  answer: ResponseValue,
  body: AsyncIterable<string>,
  drained: boolean,
): Promise<void> {
  const isClosed = isGone(response)
  if (!isClosed) response.writeHead(answer.status, headersOf(answer, drained))
  if (!isClosed && message.method !== 'HEAD') {
    leaveWithClient(message, response)
    return sendParts(response, body)
  }
  await body[Symbol.asyncIterator]().return?.()
  if (!isClosed) response.end()
}

/** The fallback: an empty 500, or a closed connection if an answer has already begun. */
function sendFallback(response: ServerResponse): void {
  if (response.headersSent) {
    response.socket?.destroy()
    return
  }
  if (isGone(response)) return
  response.writeHead(500, { 'cache-control': 'no-store', connection: 'close', 'content-length': 0 })
  response.end()
}
