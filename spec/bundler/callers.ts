import { type Access, operationsOf } from '../reader/operations.ts'

const roles: Readonly<Record<string, string>> = {
  viewer: 'every role',
  manager: 'managers and the owner',
  owner: 'the owner',
}

const tokens: Readonly<Record<string, string>> = {
  session: 'a session',
  machine: "a client's token",
  personal: 'a personal token',
  password_change: 'a login that must change the password',
  enrolment: 'a login that must set up an authenticator',
}

const withoutToken: Readonly<Record<string, string>> = {
  none: 'anyone, without an access token',
  client: 'clients, which authenticate in this request (RFC 6749 §2.3)',
  body: 'anyone, with a credential in the body',
  grant: 'anyone, with a credential in `Authorization`',
}

/** Adds to the description of each operation who may call it, as its `x-access` says. */
export const describeCallers = (paths: object): void => {
  for (const { access, description, source } of operationsOf({ paths })) {
    const callers = callersOf(access)
    if (description.trim() === '' || callers === undefined) continue
    Object.assign(source, { description: `${description.trimEnd()}\n\n**Callers:** ${callers}.` })
  }
}

const either = new Intl.ListFormat('en-GB', { type: 'disjunction' })

const callersOf = ({ least, self, kinds = [], presented }: Partial<Access>): string | undefined => {
  if (least === 'none') return withoutToken[presented ?? '']
  const role = roles[least ?? '']
  const own = self && least !== 'viewer' ? '; other users for their own account only' : ''
  const kept = kinds.flatMap((kind) => tokens[kind] ?? [])
  return role === undefined || kept.length === 0 ? undefined : `${role}, with ${either.format(kept)}${own}`
}
