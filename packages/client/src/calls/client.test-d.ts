// Types that callers rely on. tsc checks this file; it does not run.
import { type ClientError, type components, createClient, unwrap } from '../index.ts'

const client = createClient({ baseUrl: 'https://auth.example' })

/** Compiles if both types are equal. */
function same<A, B>(..._: [A] extends [B] ? ([B] extends [A] ? [] : ['differs']) : ['differs']): void {}

export async function callsAreTypedByTheContract(): Promise<void> {
  const { data, error } = await client.GET('/v1/me')
  if (data) same<typeof data.username, string>()
  else same<typeof error.code, components['schemas']['ProblemCode']>()

  const me = await unwrap(client.GET('/v1/me'))
  same<typeof me, components['schemas']['Me']>()
  const nothing = await unwrap(client.DELETE('/v1/sessions/current'))
  same<typeof nothing, undefined>()

  // @ts-expect-error The contract has no such path.
  await client.GET('/v1/nothing')
  // @ts-expect-error The contract asks for a new password.
  await client.PUT('/v1/me/password', { body: { current_password: 'x' } })
}

export function errorsNarrowByCode(error: ClientError): number | string | undefined {
  switch (error.code) {
    case 'transport_failed':
      return error.reason
    case 'session_expired':
      return error.refusal
    case 'unexpected_response':
      return error.status
    case 'throttled':
      return error.retryAfterSeconds
    default:
      return error.detail
  }
}
