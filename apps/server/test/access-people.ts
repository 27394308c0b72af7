// What the cells of the access matrix need where an operation is about people, or about a vendor's people and droplets:
// whom a path names, what is sent along, and which answers are the domain's and not the policy's.

import type { Role } from '@countersign/core'
import type { OperationId } from '../src/generated/index.ts'
import { goodPassword } from '../src/testing/test-server.ts'
import type { Expected, GovernedOperation, Ownership } from './access-expectation.ts'
import { Authenticator } from './authenticator.ts'
import type { Question } from './contract/recorder.ts'
import { dialectTests } from './dialects.ts'
import type { RecordedServer } from './recorded-server.ts'

const local = { address: undefined, requestId: undefined }
const nobody = '0'.repeat(22)
const somebody = { actor: undefined, name: 'somebody', ...local }

/** Whom or what the path names. Nothing where it names neither a person nor a vendor's droplet. */
export async function namedInPath(
  house: RecordedServer,
  { tag, path }: GovernedOperation,
  ownership: Ownership,
  person: { readonly id: string; readonly username: string },
): Promise<string | undefined> {
  if (path.includes('{droplet}')) {
    if (ownership === 'missing') return 'nothing'
    return (await house.server.authority.droplets.add({}, somebody)).id
  }
  const byName = path.includes('{user}')
  if (tag !== 'users' && !byName) return undefined
  if (ownership === 'missing') return byName ? 'nobody' : nobody
  const { id, username } = ownership === 'own' ? person : await house.enrolled()
  return byName ? username : id
}

/** Bodies that the operations take, so that whoever is admitted is served. */
export const peopleBodies: {
  readonly [K in OperationId]?: (house: RecordedServer, person: string) => Promise<Question['body']>
} = {
  createUser: async () => ({ username: `made-${++made}`, role: 'viewer' }),
  changeUser: async () => ({ disabled: false }),
  transferOwnership: async () => ({ password: goodPassword }),
  setUserPassword: async () => ({ password: goodPassword }),
  setRequiredFactors: async () => ({ required_factors: ['password'], password: goodPassword }),
  startTotpEnrolment: async () => ({ password: goodPassword }),
  createRecoveryCodes: async () => ({ password: goodPassword }),
  confirmTotpEnrolment: async (house, person) => {
    const { useCases, clock } = house.server.authority
    const secret = await useCases.totp.setUpAnew(person, undefined, local, { latest: clock.latest() })
    return { code: new Authenticator(secret, house.time).code() }
  },
}
let made = 0

/** Whom the policy admits, the domain may still refuse; and a vendor has other numbers for what is missing. */
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
    // Not one's own: whoever holds a stolen session would forget the guesses at the owner's password, or raise the version.
    changeUser: 403,
    resetUserThrottle: 403,
  }
  return ofOwner[operationId] ?? expected
}

/** The owner is the owner again. */
export async function restoreOwner(house: RecordedServer, owner: string): Promise<void> {
  const { store, useCases } = house.server.authority
  const present = await store.users.findOwner()
  if (!present || present.id === owner) return
  const { clock } = house.server.authority
  await useCases.people.transferOwnership(owner, { user: present, on: { latest: clock.latest() } }, local)
}
