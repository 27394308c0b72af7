import type { Domain } from '../domain/domain.ts'
import { conditionOn, written } from '../domain/proof.ts'
import { auditEvent } from '../model/audit-event.ts'
import { AuthError } from '../model/errors.ts'
import type { Client } from '../model/principals/client.ts'
import type { Subject } from '../model/principals/subject.ts'
import type { RequestContext } from '../model/request-context.ts'
import type { Administrator } from './people-changes.ts'
import { createClient, type IssuedCredential, newCredential } from './software.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random'>

/**
 * A new access key of an account (= a client, by name). An account that does not exist is made, as a viewer; of one that
 * does, the earlier keys become inactive, and the tokens got with them end. One commit.
 *
 * @param given `expiresInSeconds`: default is never.
 * @returns Whether it took the place of earlier ones, besides.
 * @throws AuthError `client_unknown` if the account is disabled; `client_name_invalid` if none may be called so.
 */
export async function createAccessKey(
  deps: Deps,
  given: { readonly account: string; readonly expiresInSeconds?: number | undefined },
  actor: Subject | undefined,
  circumstances: RequestContext,
): Promise<IssuedCredential & { readonly replaced: boolean }> {
  const { account: name, expiresInSeconds } = given
  const found = await deps.store.clients.findByName(name)
  if (found) return { ...(await replaceSecret(deps, found, expiresInSeconds, actor, circumstances)), replaced: true }
  const made = await createClient(deps, { name, secretLifetimeSeconds: expiresInSeconds }, actor, circumstances)
  return { ...made, replaced: false }
}

/**
 * A new secret in place of a client's old ones; every token got with them dies in the same commit.
 *
 * @param expiresInSeconds Nothing for one without end.
 * @param asking The Authorization that asks. Default is none: the command line.
 * @throws AuthError `client_unknown` if the client is disabled or gone; `token_invalid` if the Authorization that asks has
 * ended.
 */
export async function replaceSecret(
  deps: Deps,
  client: Client,
  expiresInSeconds: number | undefined,
  actor: Subject | undefined,
  circumstances: RequestContext,
  asking?: Administrator['asking'],
): Promise<IssuedCredential> {
  if (client.disabledAt !== undefined) throw new AuthError('client_unknown')
  const { credential, secret } = newCredential(client.id, expiresInSeconds, deps)
  const subject = { kind: 'client', id: client.id } as const
  const event = auditEvent({ action: 'credential_created', actor, subject }, circumstances, deps)
  const on = conditionOn(undefined, asking, deps)
  const outcome = written(await deps.store.clients.replaceCredentials(credential, event, on))
  if (outcome === 'unknown') throw new AuthError('client_unknown')
  return { client, credential, secret }
}
