// The life of a session, in any runtime: nothing but the main entry and what the web has. Tells what came of each step.
import { createClient, isClientError, passwordSession, unwrap } from '@countersign/client'

export async function live(baseUrl, password) {
  const auth = passwordSession({ username: 'owner', password, relogin: false })
  const client = createClient({ baseUrl, auth })
  const stage = (event) => fetch(`${baseUrl.replace(/\/$/, '')}/stage/${event}`, { method: 'POST' })
  const outcome = async (work) => {
    try {
      return await work()
    } catch (error) {
      return isClientError(error) ? [error.code, error.refusal ?? error.reason] : `${error}`
    }
  }
  const me = () => outcome(async () => (await unwrap(client.GET('/v1/me'))).username)
  const told = { public: await outcome(async () => (await client.GET('/healthz')).response.status) }
  told.together = await Promise.all([me(), me(), me()])
  await stage('expire')
  told.expired = await Promise.all([me(), me(), me()])
  await stage('expire')
  told.repeated = await outcome(async () => {
    // The login is not a recent one any more: the password is shown besides.
    const { id, label } = await unwrap(client.POST('/v1/tokens', { body: { label: 'of a runtime', password } }))
    const { response } = await client.DELETE('/v1/tokens/{id}', { params: { path: { id } } })
    return `${label}: ${response.status}`
  })
  told.redirect = await outcome(() => client.GET('/stage/redirect'))
  told.cut = await outcome(() => client.GET('/stage/cut'))
  told.page = await outcome(() => client.GET('/stage/page'))
  told.silence = await outcome(() => createClient({ baseUrl, timeoutSeconds: 0.1 }).GET('/stage/silence'))
  told.aborted = await outcome(() => client.GET('/v1/me', { signal: AbortSignal.abort(new RangeError('enough')) }))
  const left = createClient({ baseUrl, auth: passwordSession({ username: 'owner', password }) })
  told.left = await outcome(async () => {
    await unwrap(left.GET('/v1/sessions/current'))
    await left.signOut()
    return 'signed out'
  })
  await stage('revoke')
  told.revoked = [await me(), await me()]
  return told
}

/** A page needs no token source: its browser holds the session in a cookie, out of reach of scripts. */
export async function liveOnCookie(baseUrl, password) {
  const client = createClient({ baseUrl })
  const name = async () => (await client.GET('/v1/me')).data?.username
  const before = await name()
  await client.POST('/v1/sessions', { body: { username: 'owner', password, cookie: true } })
  const begun = await name()
  const beside = createClient({ baseUrl, auth: passwordSession({ username: 'owner', password }) })
  const both = (await beside.GET('/v1/me')).response.status
  await beside.signOut()
  const still = await name()
  await client.signOut()
  return { before, begun, both, still, after: await name(), cookies: document.cookie }
}
