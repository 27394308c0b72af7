// How refresh tokens are got and sent: what every entry of `refreshing-paths.ts` is made of.
import type { SessionPolicy } from '@countersign/core'
import { bearer, form } from '../recorded-server.ts'
import type { RefreshingPath, Source } from './refreshing-path.ts'

let made = 0

/** Sessions of users on these terms. */
export const session = (name: string, policy: SessionPolicy): Source => ({
  name,
  dialect: policy.dialect,
  of: 'user',
  async open(server) {
    const username = `refresher-${++made}`
    const { id } = await server.user(username, 'manager')
    return { ...(await server.session(id, policy)), subject: { kind: 'user', id, name: username } }
  },
})

type Members = Readonly<Record<string, string>>

export const inJson = (members: (token: string) => Members): Pick<RefreshingPath, 'question' | 'twice'> => ({
  question: (token) => ({ body: members(token) }),
  twice: (token) => {
    const again =
      Object.entries(members(token))
        .at(-1)
        ?.map((text) => JSON.stringify(text)) ?? []
    const body = `${JSON.stringify(members(token)).slice(0, -1)},${again.join(':')}}`
    return { headers: { 'content-type': 'application/json' }, body }
  },
})

export const inForm = (members: (token: string) => Members): Pick<RefreshingPath, 'question' | 'twice'> => ({
  question: (token) => ({ body: form(members(token)) }),
  twice: (token) => ({ body: new URLSearchParams([...Object.entries(members(token)), ['refresh_token', token]]) }),
})

export const asBearer: Pick<RefreshingPath, 'question' | 'twice'> = {
  question: (token) => ({ headers: bearer(token) }),
  twice: (token) => ({ headers: { authorization: [`Bearer ${token}`, `Bearer ${token}`] } }),
}

export const refusal = (status: number, reused: object, invalid = reused): RefreshingPath['refused'] => ({
  status,
  reused,
  invalid,
})
