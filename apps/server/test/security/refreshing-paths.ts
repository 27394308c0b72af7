// Every way to refresh, taken from the contract: the operations that take a retry key. A new one does not compile until it
// has its entry here, and every case about refresh tokens then holds for it too.
import { nativeSessionPolicy } from '@countersign/core'
import { routes } from '../../src/generated/index.ts'
import type { Answer, Question } from '../contract/recorder.ts'
import type { OwnOperation } from '../dialect-tests.ts'
import { ofDialects } from '../dialects.ts'
import type { RecordedServer } from '../recorded-server.ts'
import { inForm, inJson, refusal, session } from './refresh-requests.ts'
import type { RefreshingOperation, RefreshingPath, RefreshingWay, Source } from './refreshing-path.ts'

const native = session('native session', nativeSessionPolicy)
const own: { readonly [K in Extract<RefreshingOperation, OwnOperation>]: RefreshingWay } = {
  refreshSession: {
    ...inJson((token) => ({ refresh_token: token })),
    sources: [native],
    refused: refusal(401, { code: 'refresh_token_reused' }, { code: 'grant_invalid' }),
  },
  issueToken: {
    ...inForm((token) => ({ grant_type: 'refresh_token', client_id: 'countersign', refresh_token: token })),
    sources: [native],
    refused: refusal(400, { error: 'invalid_grant' }),
  },
}

const byOperation: Readonly<Record<string, RefreshingWay>> = { ...own, ...ofDialects(({ refreshing }) => refreshing) }

export const refreshingPaths: readonly RefreshingPath[] = Object.entries(byOperation).flatMap(([operationId, way]) =>
  way.sources.map((source) => ({
    ...way,
    operationId: operationId as RefreshingOperation,
    name: `${operationId}, ${source.name}`,
    source,
  })),
)
export const knownOperations: readonly string[] = Object.keys(byOperation)
export const sources: readonly Source[] = [...new Set(refreshingPaths.map(({ source }) => source))]

/** What an answer gave. */
export interface Refreshed {
  readonly status: number
  readonly body: Answer['body']
  readonly access: string
  readonly refresh: string
}

/** Sends a question of a path. */
export async function ask(
  server: RecordedServer,
  { operationId }: RefreshingPath,
  question: Question,
  query = '',
): Promise<Refreshed> {
  const { method, path } = routes[operationId]
  const { status, body } = await server.ask(method, `${path}${query}`, question)
  return {
    status,
    body,
    access: String(body.access_token ?? body.token ?? body['access-token']),
    refresh: String(body.refresh_token ?? body['refresh-token']),
  }
}

/** Another address than the one that requests come from unless they say otherwise. */
export const elsewhere = '203.0.113.9'

/**
 * Exchanges a token.
 *
 * @param retryKey A list where the header comes more than once.
 * @param address Where the client is. Default is the machine itself.
 */
export function refresh(
  server: RecordedServer,
  path: RefreshingPath,
  token: string,
  retryKey?: string | readonly string[],
  address?: string,
): Promise<Refreshed> {
  const question = path.question(token)
  const headers = {
    ...question.headers,
    ...(retryKey === undefined ? {} : { 'idempotency-key': retryKey }),
    ...(address === undefined ? {} : { 'x-forwarded-for': address }),
  }
  return ask(server, path, { ...question, headers })
}
