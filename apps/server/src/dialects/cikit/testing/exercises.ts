import { type Exercises, type OperationUnder, once, type Ways } from '../../../../test/contract/exercises/exercise.ts'
import type { Question } from '../../../../test/contract/recorder.ts'
import { bearer } from '../../../../test/recorded-server.ts'
import { cikitSessionPolicy } from '../policy.ts'

const base = '/api/v1'

/** A request for each documented answer of the CIKit dialect. */
export function cikitExercises({
  server,
  owner,
  stopped,
  foreign,
  throttled,
  bodied,
}: Ways): Exercises<OperationUnder<'cikit'>> {
  const people = once(async () => ({
    owner: await owner(),
    viewer: (await server().user('cikit-viewer')).id,
  }))
  const session = async (who: 'owner' | 'viewer') => server().session((await people())[who], cikitSessionPolicy)
  const as = async (who: 'owner' | 'viewer') => bearer((await session(who)).access)
  const ask = (method: string, path: string, question?: Question) => server().ask(method, base + path, question)
  const asOwner = async (method: string, path: string, body?: Question['body']) =>
    ask(method, path, { headers: await as('owner'), body })

  /** Answers of every operation with a token. */
  const guarded = (method: string, path: string, refused = () => as('viewer')) => ({
    400: () => ask(method, path, { headers: { authorization: ['Bearer a', 'Bearer b'] } }),
    401: () => ask(method, path),
    403: async () => ask(method, path, { headers: await refused() }),
    503: () => stopped(method, base + path),
  })
  const unreadable = async () => bearer(await server().personalToken((await people()).viewer, ['write']))
  const unwritable = async () => bearer(await server().personalToken((await people()).viewer, ['read']))

  /** Further answers of every operation with a name in its path. */
  const named = (method: string, path: string, refused?: () => Promise<{ authorization: string }>) => ({
    ...guarded(method, `${path}/cikit-viewer`, refused),
    404: () => ask(method, `${path}/${'x'.repeat(2048)}`),
  })

  const onDroplet = (method: string, verb: string) => ({
    ...named(method, `/droplet/${verb}`),
    200: async () => {
      const [droplet] = JSON.parse((await asOwner('POST', '/droplet/add')).text) as { id: string }[]
      return asOwner(method, `/droplet/${verb}/${droplet?.id}`)
    },
    400: () => asOwner(method, `/droplet/${verb}/bla`),
  })

  let deleted = 0

  return {
    cikitLogin: {
      200: async () => {
        const { username, code } = await enrolled()
        return ask('POST', '/user/auth', { body: { username, code } })
      },
      400: () => ask('POST', '/user/auth', { body: { username: 'nobody', code: '000000' } }),
      403: () => foreign('POST', `${base}/user/auth`),
      ...bodied('POST', `${base}/user/auth`),
      429: () => throttled('POST', `${base}/user/auth`, { body: { username: 'nobody', code: '000000' } }),
      503: () => stopped('POST', `${base}/user/auth`),
    },
    cikitRefresh: {
      200: async () => refresh({ grant_type: 'refresh_token', refresh_token: (await session('owner')).refresh }),
      400: () => refresh({ grant_type: 'refresh_token' }),
      401: () => refresh({ grant_type: 'refresh_token', refresh_token: 'f'.repeat(64) }),
      403: () => foreign('POST', `${base}/user/auth/refresh`),
      ...bodied('POST', `${base}/user/auth/refresh`),
      501: () => refresh({ grant_type: 'password' }),
      503: () => stopped('POST', `${base}/user/auth/refresh`),
    },
    cikitRevokeAccess: {
      ...named('DELETE', '/user/auth/revoke', unwritable),
      200: () => asOwner('DELETE', '/user/auth/revoke/cikit-viewer'),
    },
    cikitShowSetup: {
      ...named('GET', '/user/auth/setup'),
      200: () => asOwner('GET', '/user/auth/setup/cikit-viewer'),
    },
    cikitShowSetupByPost: {
      ...named('POST', '/user/auth/setup'),
      200: () => asOwner('POST', '/user/auth/setup/cikit-viewer'),
    },
    cikitListUsersByPost: { ...guarded('POST', '/user/list'), 200: () => asOwner('POST', '/user/list') },
    cikitListUsers: { ...guarded('GET', '/user/list'), 200: () => asOwner('GET', '/user/list') },
    cikitAddUser: {
      ...guarded('POST', '/user/add'),
      ...bodied(
        'POST',
        `${base}/user/add`,
        once(() => as('owner')),
      ),
      200: () => asOwner('POST', '/user/add', { username: 'cikit-added', group: 'viewer' }),
    },
    cikitDeleteUser: {
      ...named('DELETE', '/user/delete'),
      200: async () => {
        const name = `cikit-deleted-${++deleted}`
        await server().user(name)
        return asOwner('DELETE', `/user/delete/${name}`)
      },
    },
    cikitListDroplets: {
      ...guarded('GET', '/droplet/list', unreadable),
      200: async () => ask('GET', '/droplet/list', { headers: await as('viewer') }),
    },
    cikitListDropletsByPost: {
      ...guarded('POST', '/droplet/list', unreadable),
      200: async () => ask('POST', '/droplet/list', { headers: await as('viewer') }),
    },
    cikitAddDroplet: {
      ...guarded('POST', '/droplet/add'),
      ...bodied(
        'POST',
        `${base}/droplet/add`,
        once(() => as('owner')),
      ),
      200: () => asOwner('POST', '/droplet/add', { name: 'cikit01' }),
    },
    cikitStopDroplet: onDroplet('PATCH', 'stop'),
    cikitStartDroplet: onDroplet('PATCH', 'start'),
    cikitRestartDroplet: onDroplet('PATCH', 'restart'),
    cikitDeleteDroplet: onDroplet('DELETE', 'delete'),
  }

  function refresh(body: object) {
    return ask('POST', '/user/auth/refresh', { body })
  }

  /** A new user with a valid code. */
  async function enrolled() {
    const { username, authenticator } = await server().enrolled()
    return { username, code: authenticator.code() }
  }
}
