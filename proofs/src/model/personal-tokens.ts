/** Steps with personal tokens: made with an access token of a living session, revoked by their value. */
import { here, reveal } from '../test-issuer.ts'
import { pick, pickSession, Step } from './step.ts'

export const createPersonalToken = (at: number): Step =>
  new Step(`create personal token(${at})`, async (model, { issuer }) => {
    const session = pickSession(model, at)
    const presented = session?.access.findLast((token) => model.accepts(session, token))
    if (!session || !presented) return
    const check = await issuer.useCases.accessTokens.check(presented.text)
    if (check.outcome !== 'active') return
    const user = await issuer.store.users.find(session.user.id)
    if (!user) return
    const proof = { user, on: { latest: issuer.clock.latest() } }
    const made = await issuer.useCases.personalTokens.create(check.access, proof, { dialect: 'native' }, here)
    model.personalTokens.push({
      text: reveal(made.token),
      user: session.user,
      ceiling: model.roleOf(session, presented),
      scope: session.form === 'jwt' ? presented.scope : ['read', 'write'],
      epoch: session.user.personalEpoch,
      revoked: false,
    })
  })

export const revokePersonalToken = (at: number): Step =>
  new Step(`revoke personal token(${at})`, async (model, { issuer }) => {
    const token = pick(model.personalTokens, at)
    if (!token) return
    await issuer.useCases.revocation.revokePresented(token.text, undefined, here)
    token.revoked = true
  })
