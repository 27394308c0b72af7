// What the cells of the access matrix need where an operation is about users, or about a vendor's users and droplets:
// what a path names, what is sent along, and which answers are the domain's and not the policy's.

import { localCaller, type Role } from '@countersign/core'
import type { OperationId } from '../src/generated/index.ts'
import { goodPassword } from '../src/testing/test-server.ts'
import type { Expected, GovernedOperation, Ownership } from './access-expectation.ts'
import { Authenticator } from './authenticator.ts'
import type { Question } from './contract/recorder.ts'
import { dialectTests } from './dialects.ts'
import type { RecordedServer } from './recorded-server.ts'

const unknownId = '0'.repeat(22)
const creator = { actor: undefined, name: 'creator', ...localCaller.context }

/** What the path names. `undefined` where it names neither a user nor a vendor's droplet. */
export async function namedInPath(
  server: RecordedServer,
  { tag, path }: GovernedOperation,
  ownership: Ownership,
  person: { readonly id: string; readonly username: string },
): Promise<string | undefined> {
  if (path.includes('{droplet}')) {
    if (ownership === 'missing') return 'nothing'
    return (await server.running.authority.droplets.add({}, creator)).id
  }
  const byName = path.includes('{user}')
  if (tag !== 'users' && !byName) return undefined
  if (ownership === 'missing') return byName ? 'nobody' : unknownId
  const { id, username } = ownership === 'own' ? person : await server.enrolled()
  return byName ? username : id
}

/** Bodies that the operations take, so that every admitted caller is served. */
export const peopleBodies: {
  readonly [K in OperationId]?: (server: RecordedServer, person: string) => Promise<Question['body']>
} = {
  createUser: async () => ({ username: `made-${++made}`, role: 'viewer' }),
  changeUser: async () => ({ disabled: false }),
  transferOwnership: async () => ({ password: goodPassword }),
  setUserPassword: async () => ({ password: goodPassword }),
  setRequiredFactors: async () => ({ required_factors: ['password'], password: goodPassword }),
  startTotpEnrolment: async () => ({ password: goodPassword }),
  createRecoveryCodes: async () => ({ password: goodPassword }),
  confirmTotpEnrolment: async (server, person) => {
    const { useCases, clock } = server.running.authority
    const secret = await useCases.totp.setUpAnew({ userId: person, on: { latest: clock.latest() } }, localCaller)
    return { code: new Authenticator(secret, server.time).code() }
  },
}
let made = 0

/** The domain may refuse callers that the policy admits; and a vendor has other numbers for what is missing. */
export function answeredAs(
  operationId: OperationId,
  tag: string,
  ownership: Ownership,
  expected: Expected,
  role: Role | undefined,
): number | Expected {
  const answered = dialectTests
    .find(({ dialect }) => dialect === tag)
    ?.access.answeredAs?.(operationId, ownership, expected, role)
  if (answered !== undefined) return answered
  if (expected === 'too old') return 401
  if (ownership !== 'own' || expected !== 'allowed') return expected
  const ofOwner: { readonly [K in OperationId]?: number } = {
    deleteUser: 409,
    transferOwnership: 400,
    // One's own are changed under /v1/me, with proof.
    resetUserTotp: 403,
    setUserPassword: 403,
    // Not one's own: with a stolen session, a caller could reset the guesses at the owner's password, or raise the version.
    changeUser: 403,
    resetUserThrottle: 403,
  }
  return ofOwner[operationId] ?? expected
}

/** The owner is the owner again. */
export async function restoreOwner(server: RecordedServer, owner: string): Promise<void> {
  const { store, useCases } = server.running.authority
  const present = await store.users.findOwner()
  if (!present || present.id === owner) return
  const { clock } = server.running.authority
  await useCases.users.transferOwnership(
    { to: owner, proof: { user: present, on: { latest: clock.latest() } } },
    localCaller,
  )
}
