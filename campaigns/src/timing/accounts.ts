// Creates users and a client with secrets of every kind in a data folder, before its server starts.
import { DatabaseSync } from 'node:sqlite'
import { createClient, createUser, type Factor, renewRecoveryCodes } from '@countersign/core'
import { type Authority, createLogger, dialects, openAuthority, readConfig } from '@countersign/server'
import type { Account, AccountKind } from '@countersign/server/testing/contract'
import type { ServerRun } from '@countersign/server/testing/process'
import { goodPassword } from '../campaign/server.ts'

const local = { address: undefined, requestId: undefined }

const factorsOf: Readonly<Record<Exclude<AccountKind, 'client secret'>, readonly Factor[]>> = {
  password: ['password'],
  code: ['totp'],
  'password and code': ['password', 'totp'],
  'recovery code': ['totp'],
  'password and recovery code': ['password', 'totp'],
}

/** @param count The users of each kind. One client is enough, since attempts at clients are counted by address only. */
export async function createAccounts(
  server: ServerRun,
  kinds: readonly AccountKind[],
  count: number,
): Promise<Map<AccountKind, readonly Account[]>> {
  const logger = createLogger({ level: 'silent', sink: { write: () => true, writableLength: 0 } })
  const config = readConfig({ flags: { data: server.data }, env: {} }, dialects)
  const authority = await openAuthority(config, { logger })
  const accounts = new Map<AccountKind, readonly Account[]>()
  try {
    for (const kind of kinds) {
      const made = kind === 'client secret' ? [await client(authority)] : await users(authority, kind, count)
      accounts.set(kind, made)
    }
    const given = {
      username: 'template',
      role: 'viewer',
      password: goodPassword,
      requiredFactors: ['password'],
    } as const
    await createUser(authority.domain, given, undefined, local)
  } finally {
    await authority.close()
  }
  shareHash(server)
  return accounts
}

async function users(
  { domain, useCases }: Authority,
  kind: Exclude<AccountKind, 'client secret'>,
  count: number,
): Promise<readonly Account[]> {
  const make = async (number: number): Promise<Account> => {
    const name = `${kind.replaceAll(' ', '-')}-${number}`
    const given = { username: name, role: 'viewer', password: undefined, requiredFactors: factorsOf[kind] } as const
    const { id } = await createUser(domain, given, undefined, local)
    if (kind !== 'password') await useCases.totp.setUp(id, undefined, local)
    if (kind.endsWith('recovery code')) await renewRecoveryCodes(domain, id, undefined, local)
    return { name, kind, password: goodPassword, access: '', secret: '', clientId: 'unknown' }
  }
  return Promise.all(Array.from({ length: count }, (_, number) => make(number)))
}

async function client({ domain }: Authority): Promise<Account> {
  const { client, credential } = await createClient(domain, { name: 'service' }, undefined, local)
  return { name: client.id, kind: 'client secret', access: '', secret: '', keyId: credential.id }
}

/** Gives all users the same password hash. A hash for each would take longer than the campaign. */
function shareHash(server: ServerRun): void {
  const db = new DatabaseSync(server.database)
  db.exec(`update users set password_hash = (select password_hash from users where username = 'template')
    where required_factors like '%password%'`)
  db.close()
}
