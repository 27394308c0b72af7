import { goodPassword } from '../../../src/testing/test-server.ts'
import { restoreOwner } from '../../access-people.ts'
import { bearer } from '../../recorded-server.ts'
import type { Question } from '../recorder.ts'
import { type Ask, type Exercises, type OperationUnder, once, type Ways } from './exercise.ts'

const newPassword = 'a quiet lighthouse keeps its own hours'
const unknownId = '0'.repeat(22)

type OfMe = 'setRequiredFactors' | 'startTotpEnrolment' | 'confirmTotpEnrolment' | 'createRecoveryCodes'

/** A way to each answer of the operations on users, and of those on one's own factors. */
export function peopleExercises({
  server,
  owner,
  stopped,
  throttled,
  bodied,
}: Ways): Exercises<OperationUnder<'users'> | OfMe> {
  const viewer = once(() => server().user('people-viewer'))
  const as = async (id: string) => bearer((await server().session(id)).access)
  const asOwner = async () => as(await owner())
  const asViewer = async () => as((await viewer()).id)
  const asMachine = async () => bearer(await server().machineToken((await server().client()).client))
  const ask = async (method: string, path: string, body?: Question['body'], who: typeof asOwner = asOwner) =>
    server().ask(method, path, { headers: await who(), body })
  let made = 0
  const newUser = async () => (await server().user(`people-${++made}`)).id

  const guarded = (method: string, path: string, refused = asViewer) => ({
    400: () => ask(method, `${path}?unknown=1`),
    401: () => server().ask(method, path),
    403: () => ask(method, path, undefined, refused),
    503: () => stopped(method, path),
  })
  /** About a user: with 404 for one who does not exist. */
  const about = (method: string, path: string, body?: object) => ({
    ...guarded(method, `/v1/users/${unknownId}${path}`),
    404: () => ask(method, `/v1/users/${unknownId}${path}`, body),
  })
  const onSomebody =
    (method: string, path: string, body?: object): Ask =>
    async () =>
      ask(method, `/v1/users/${await newUser()}${path}`, body)
  const onOwner =
    (method: string, body?: object): Ask =>
    async () =>
      ask(method, `/v1/users/${await owner()}`, body)
  const ofOwner = (method: string, path: string) => bodied(method, path, once(asOwner))

  const ofMe = (method: string, path: string, wrong: object) => ({
    ...guarded(method, path, asMachine),
    ...bodied(method, path, once(asViewer)),
    429: async () => throttled(method, path, { headers: await as(await newUser()), body: wrong }),
  })
  const asSomebody = async (method: string, path: string, body: object) => {
    const headers = await as(await newUser())
    return server().ask(method, path, { headers, body })
  }
  const proof = { password: goodPassword }
  const wrongProof = { password: 'wrong' }

  return {
    listUsers: { ...guarded('GET', '/v1/users'), 200: () => ask('GET', '/v1/users?limit=2') },
    createUser: {
      ...guarded('POST', '/v1/users'),
      ...ofOwner('POST', '/v1/users'),
      201: () => ask('POST', '/v1/users', { username: 'people-created', role: 'viewer' }),
      409: () => ask('POST', '/v1/users', { username: 'people-second', role: 'owner' }),
      422: () => ask('POST', '/v1/users', { username: 'people-short', role: 'viewer', password: 'short' }),
    },
    showUser: { ...about('GET', ''), 200: onSomebody('GET', '') },
    changeUser: {
      ...about('PATCH', '', { disabled: true }),
      ...ofOwner('PATCH', `/v1/users/${unknownId}`),
      200: onSomebody('PATCH', '', { role: 'manager' }),
      409: onOwner('PATCH', { role: 'manager' }),
      422: async () => {
        const { id } = await server().enrolled(['password', 'totp'], 'eight ch')
        return ask('PATCH', `/v1/users/${id}`, { required_factors: ['password'] })
      },
    },
    deleteUser: { ...about('DELETE', ''), 204: onSomebody('DELETE', ''), 409: onOwner('DELETE') },
    transferOwnership: {
      ...about('POST', '/ownership', proof),
      ...ofOwner('POST', `/v1/users/${unknownId}/ownership`),
      204: async () => {
        const [before, successor] = [await owner(), await newUser()]
        const answer = await ask('POST', `/v1/users/${successor}/ownership`, proof)
        await ask('POST', `/v1/users/${before}/ownership`, proof, () => as(successor))
        return answer
      },
      409: async () => {
        const id = await newUser()
        await ask('PATCH', `/v1/users/${id}`, { disabled: true })
        return ask('POST', `/v1/users/${id}/ownership`, proof)
      },
      429: async () => {
        const [before, locked] = [await owner(), await newUser()]
        await ask('POST', `/v1/users/${locked}/ownership`, proof)
        const path = `/v1/users/${before}/ownership`
        for (let i = 0; i < 5; i++) await ask('POST', path, wrongProof, () => as(locked))
        const answer = await ask('POST', path, proof, () => as(locked))
        await restoreOwner(server(), before)
        return answer
      },
    },
    setUserPassword: {
      ...about('PUT', '/password', { password: newPassword }),
      ...ofOwner('PUT', `/v1/users/${unknownId}/password`),
      204: onSomebody('PUT', '/password', { password: newPassword }),
      422: onSomebody('PUT', '/password', { password: 'short' }),
    },
    resetUserTotp: { ...about('POST', '/totp'), 200: onSomebody('POST', '/totp') },
    resetUserThrottle: { ...about('POST', '/unlock'), 204: onSomebody('POST', '/unlock') },
    revokeUserAuthorizations: {
      ...about('DELETE', '/authorizations'),
      204: onSomebody('DELETE', '/authorizations?personal=true'),
    },
    setRequiredFactors: {
      ...ofMe('PUT', '/v1/me/required-factors', { required_factors: ['password'], ...wrongProof }),
      204: () =>
        asSomebody('PUT', '/v1/me/required-factors', { required_factors: ['password'], password: goodPassword }),
      422: async () => {
        const { id, authenticator, password } = await server().enrolled(['password', 'totp'], 'eight ch')
        const body = { required_factors: ['password'], password, code: authenticator.code() }
        return server().ask('PUT', '/v1/me/required-factors', { headers: await as(id), body })
      },
    },
    startTotpEnrolment: {
      ...ofMe('POST', '/v1/me/totp', wrongProof),
      200: () => asSomebody('POST', '/v1/me/totp', { password: goodPassword }),
    },
    confirmTotpEnrolment: {
      ...ofMe('POST', '/v1/me/totp/confirmation', { code: '000000' }),
      204: async () => {
        const { id, authenticator } = await server().enrolled()
        const body = { code: authenticator.code() }
        return server().ask('POST', '/v1/me/totp/confirmation', { headers: await as(id), body })
      },
    },
    createRecoveryCodes: {
      ...ofMe('POST', '/v1/me/recovery-codes', wrongProof),
      201: () => asSomebody('POST', '/v1/me/recovery-codes', { password: goodPassword }),
    },
  }
}
