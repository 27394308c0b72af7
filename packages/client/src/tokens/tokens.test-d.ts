// Types that callers of tokens rely on. tsc checks this file; it does not run.
import {
  type Advisory,
  type Client,
  createClient,
  createTokens,
  type SessionExpiredError,
  type Token,
  type Tokens,
} from '../index.ts'

interface OwnPaths {
  '/orders': { get: { responses: { 200: { content: { 'application/json': { id: string }[] } } } } }
}

/** Compiles if both types are equal. */
function same<A, B>(..._: [A] extends [B] ? ([B] extends [A] ? [] : ['differs']) : ['differs']): void {}

const tokens: Tokens = createTokens({
  issuer: new URL('https://auth.example'),
  auth: ({ resource, scope }) => resource ?? scope,
  resource: ['https://orders.example'] as const,
  origins: ['https://api.example'],
})

export async function tokensAreTyped(): Promise<void> {
  same<Awaited<ReturnType<Tokens['get']>>, Token>()
  const sameAsFetch: typeof fetch = tokens.fetch
  await sameAsFetch('https://orders.example')
  await tokens.get({ resource: 'https://orders.example', scope: undefined, signal: AbortSignal.timeout(1) })
  const stop = tokens.on('advisory', (event) => same<typeof event, Advisory>())
  same<typeof stop, () => void>()
  tokens.on('expired', (event) => same<typeof event, SessionExpiredError>())
  // @ts-expect-error There is no such event.
  tokens.on('changed', stop)
  // @ts-expect-error Tokens come from somewhere.
  createTokens({ issuer: 'https://auth.example' })
}

export async function clientsAreTypedByTheirPaths(): Promise<void> {
  same<ReturnType<typeof createClient>, Client>()
  const own = createClient<OwnPaths>({ baseUrl: 'https://orders.example', auth: tokens })
  const { data } = await own.GET('/orders')
  if (data) same<typeof data, { id: string }[]>()
  // @ts-expect-error The API has no such path.
  await own.GET('/v1/me')
  // @ts-expect-error A client has a base URL.
  createClient<OwnPaths>({ auth: tokens })
  const countersign = createClient({ baseUrl: 'https://auth.example', auth: tokens })
  same<typeof countersign, Client>()
}
