/**
 * What the compiler proves about the contract. Nothing here runs: each `@ts-expect-error` is a promise that the next
 * line does not compile, and `tsc` fails if it ever does.
 */
import type { Handler, Handlers, Input, MeHandlers, OperationId, Output, Route } from './generated/index.ts'
import { routes } from './generated/index.ts'

interface Context {
  readonly userId: string
}

const me = {
  id: '0068f2a0f55a1c0b9e8d7c',
  username: 'ada',
  role: 'viewer',
  required_factors: [],
  totp: 'none',
  recovery_codes_left: 0,
  created_at: 0,
  policy: { required_factors: [], personal_token_seconds: 3600, personal_tokens: 100 },
} as const

/** A documented answer compiles, and a handler may be asynchronous or not. */
export const showMe: Handler<'showMe', Context> = (_input, context) => ({
  status: 200,
  body: { ...me, required_factors: ['password'], id: context.userId },
})
export const changePassword: Handler<'changePassword', Context> = async (input) =>
  input.body.new_password === '' ? { status: 503, body: problem, headers: { 'Retry-After': 5 } } : { status: 204 }
const problem = {
  type: 'urn:countersign:error:unavailable',
  title: 'Unavailable',
  status: 503,
  code: 'unavailable',
  detail: 'Later.',
} as const

declare const rest: Omit<MeHandlers<Context>, 'showMe' | 'changePassword'>
export const all: MeHandlers<Context> = { ...rest, showMe, changePassword }

// @ts-expect-error a handler taken away
export const oneMissing: MeHandlers<Context> = { ...rest, showMe }

// @ts-expect-error all handlers of the contract, not those of one tag
export const othersMissing: Handlers<Context> = { ...rest, showMe, changePassword }

// @ts-expect-error a handler that is not in the contract
export const oneTooMany: MeHandlers<Context> = { ...rest, showMe, changePassword, forgetMe: showMe }

/** So the lines below fail for the reason they name and for no other. */
export const documentedStatus: Handler<'showMe', Context> = () => ({ status: 200, body: me })

// @ts-expect-error a status that is not documented
export const undocumentedStatus: Handler<'showMe', Context> = () => ({ status: 201, body: me })

// @ts-expect-error a member of the body is missing
export const wrongBody: Handler<'showMe', Context> = () => ({ status: 200, body: { id: me.id } })

// @ts-expect-error a body where none is documented
export const bodyTooMany: Handler<'changePassword', Context> = () => ({ status: 204, body: me })

// @ts-expect-error a code that the contract does not know
export const unknownCode: Output<'showMe'> = { status: 503, body: { ...problem, code: 'teapot' } }

type Headers = NonNullable<Output<'showMe'>['headers']>
// @ts-expect-error a header that is not documented
export const unknownHeader: Headers = { 'X-Colour': 'red' }

// @ts-expect-error several media types are documented: which one it is must be said
export const unnamedMediaType: Output<'showDocumentationAsset'> = { status: 200, body: 'a {}' }
export const namedMediaType: Output<'showDocumentationAsset'> = { status: 200, body: 'a {}', contentType: 'text/css' }

// @ts-expect-error an operation without a route
export const withoutRoute = { showMe: routes.showMe } as const satisfies { readonly [K in OperationId]: Route<K> }

// @ts-expect-error a route whose status the operation does not document
export const strayStatus: Route<'showMe'> = { ...routes.showMe, statuses: [200, 201] }

// @ts-expect-error what is not JSON must say what it is
export const unnamedPage: Output<'showDocumentation'> = { status: 200, body: '<!doctype html>' }

/** What is coerced and what may be absent. */
export const page: Handler<'listAuthorizations', Context> = ({ query, params, body }) => {
  const limit: number = query.limit ?? 50
  const none: undefined = body
  // @ts-expect-error it has no path parameters
  const id: string = params.id
  // @ts-expect-error a cursor may be absent
  const cursor: string = query.cursor
  return { status: 200, body: { authorizations: [], next_cursor: `${limit}${none}${id}${cursor}` } }
}
export const retryKey = (input: Input<'issueToken'>): string | undefined => input.headers['idempotency-key']
export const grantType = (input: Input<'issueToken'>): string => input.body.grant_type

/** A union is told apart by its constant member. */
export const inactive: Output<'introspectToken'> = { status: 200, body: { active: false } }
// @ts-expect-error an active token has a client_id, an issuer and a subject
export const activeWithoutMore: Output<'introspectToken'> = { status: 200, body: { active: true } }

/** The table is as exact as the contract. */
export const least: 'viewer' = routes.showMe.access.least
export const kinds: readonly ['session'] = routes.createRecoveryCodes.access.kinds
