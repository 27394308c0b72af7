/** After each step: every token ever handed out is tried, and must do exactly what the oracle says. */

import { firstPartyClientId } from '@countersign/core'
import { isToldOnce } from '@countersign/store/testing'
import { expect } from 'vitest'
import { issuerUrl } from '../test-issuer.ts'
import { lower, type Model, type ModelSession } from './model.ts'
import type { Real } from './real.ts'

/** Each change has one row in the trail, written in its commit, and there is no row without a change (N-213). */
export function verifyTrail({ observer }: Real): void {
  for (const unit of observer.units) if (!isToldOnce(unit)) expect.fail(`N-213 ${JSON.stringify(unit)}`)
}

export async function verify(model: Model, real: Real): Promise<void> {
  for (const session of model.sessions) await verifySession(model, real, session)
  for (const token of model.machineTokens) {
    const { outcome } = await real.issuer.useCases.accessTokens.check(token.text)
    if ((outcome === 'active') !== model.acceptsMachine(token)) {
      expect.fail(`I3 I5 a machine token of client ${token.client} is ${outcome}`)
    }
  }
  for (const token of model.personalTokens) {
    const check = await real.issuer.useCases.accessTokens.check(token.text)
    if ((check.outcome === 'active') !== model.acceptsPersonal(token)) {
      expect.fail(`I3 I5 a personal token of ${token.user.name} is ${check.outcome}`)
    }
    if (check.outcome !== 'active') continue
    expect(check.access.role, 'I4 the role of a personal token').toBe(lower(token.ceiling, token.user.role))
    expect(check.access.scope, 'I4 the scope of a personal token').toEqual(token.scope)
  }
}

async function verifySession(model: Model, { issuer, clients }: Real, session: ModelSession): Promise<void> {
  for (const token of session.access) {
    const check = await issuer.useCases.accessTokens.check(token.text)
    if ((check.outcome === 'active') !== model.accepts(session, token)) {
      expect.fail(`I3 I5 an access token of generation ${token.generation} of ${session.id} is ${check.outcome}`)
    }
    if (check.outcome !== 'active') continue
    model.used(session)
    const { access } = check
    expect(access.role, 'I4 the role').toBe(model.roleOf(session, token))
    expect(access.scope, 'I4 the scope').toEqual(session.form === 'jwt' ? token.scope : ['read', 'write'])
    expect(access.audience, 'I4 the audience').toEqual([issuerUrl])
  }
  // Presenting a refresh token would spend it; introspection tells whether it lives.
  const owner = { ...clients[0], id: firstPartyClientId }
  const living: number[] = []
  for (const [generation, text] of session.refresh.entries()) {
    const seen = await issuer.useCases.introspect.inspect(text, owner)
    if (seen.active) living.push(generation)
  }
  expect(living, `I1 I3 the live refresh tokens of ${session.id}`).toEqual(
    model.lives(session) ? [session.generation] : [],
  )
}
