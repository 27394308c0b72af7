// People and a client with secrets of every kind, put into a data folder before its server starts. It must not know what
// is measured.
import { DatabaseSync } from 'node:sqlite'
import { type Factor, localCaller } from '@countersign/core'
import { type Authority, createLogger, dialects, openAuthority, readConfig } from '@countersign/server'
import type { Account, AccountKind } from '@countersign/server/testing'
import { databaseOf, type Place } from '../process/countersign.ts'

const password = 'a password that is long enough'

const factorsOf: Readonly<Record<Exclude<AccountKind, 'client secret'>, readonly Factor[]>> = {
  password: ['password'],
  code: ['totp'],
  'password and code': ['password', 'totp'],
  'recovery code': ['totp'],
  'password and recovery code': ['password', 'totp'],
}

/** @param count How many people of each kind; of clients one is enough, since guesses are counted by address too. */
export async function furnish(
  place: Place,
  kinds: readonly AccountKind[],
  count: number,
): Promise<Map<AccountKind, readonly Account[]>> {
  const logger = createLogger({ level: 'silent', sink: { write: () => true, writableLength: 0 } })
  const config = readConfig({ flags: { data: place.data }, env: {} }, dialects)
  const authority = await openAuthority(config, { logger })
  const accounts = new Map<AccountKind, readonly Account[]>()
  try {
    for (const kind of kinds) {
      const made = kind === 'client secret' ? [await client(authority)] : await people(authority, kind, count)
      accounts.set(kind, made)
    }
    const given = { username: 'template', role: 'viewer', password, requiredFactors: ['password'] } as const
    await authority.useCases.users.create({ ...given, secretLater: true }, localCaller).then(({ user }) => user)
  } finally {
    await authority.close()
  }
  shareHash(place)
  return accounts
}

async function people(
  { useCases }: Authority,
  kind: Exclude<AccountKind, 'client secret'>,
  count: number,
): Promise<readonly Account[]> {
  const make = async (number: number): Promise<Account> => {
    const name = `${kind.replaceAll(' ', '-')}-${number}`
    const given = { username: name, role: 'viewer', password: undefined, requiredFactors: factorsOf[kind] } as const
    const { id } = await useCases.users.create({ ...given, secretLater: true }, localCaller).then(({ user }) => user)
    if (kind !== 'password') await useCases.totp.setUp(id, localCaller)
    if (kind.endsWith('recovery code')) await useCases.recoveryCodes.renew({ userId: id }, localCaller)
    return { name, kind, password, access: '', secret: '', clientId: 'unknown' }
  }
  return Promise.all(Array.from({ length: count }, (_, number) => make(number)))
}

async function client({ useCases }: Authority): Promise<Account> {
  const { client, credential } = await useCases.clients.create({ name: 'service' }, localCaller)
  return { name: client.id, kind: 'client secret', access: '', secret: '', keyId: credential.id }
}

/** Everybody has the same password: a hash for each would take longer than the campaign. */
function shareHash(place: Place): void {
  const db = new DatabaseSync(databaseOf(place))
  db.exec(`update users set password_hash = (select password_hash from users where username = 'template')
    where required_factors like '%password%'`)
  db.close()
}
