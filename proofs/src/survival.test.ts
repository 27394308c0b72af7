/** The tables in SECURITY.md that say which tokens outlive which event: every cell of them is tried here. */
import { readFileSync } from 'node:fs'
import {
  type Access,
  type Client,
  nativeSessionPolicy,
  type PlainToken,
  resetTotp,
  type TokenSet,
  throughClient,
  totpCode,
  totpStepSeconds,
  type User,
} from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { here, openWorld, reveal, type World } from './world.ts'

const document = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8')

/** The rows of the table whose first heading is this; each cell says `lives` or `ends`. */
function tableOf(heading: string): { readonly columns: readonly string[]; readonly rows: readonly string[][] } {
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  const lines = document.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`))
  expect(start, heading).toBeGreaterThan(0)
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'))
  return { columns: cells(lines[start] as string).slice(1), rows: lines.slice(start + 2, end).map(cells) }
}

const owner = { actor: { kind: 'user', id: 'f'.repeat(22) } as const, circumstances: here }
const next = 'another long and honest password'

async function accessOf(world: World, token: PlainToken): Promise<Access> {
  const check = await world.useCases.accessTokens.check(reveal(token))
  if (check.outcome !== 'active') throw new Error(check.outcome)
  return check.access
}

interface Person {
  readonly world: World
  readonly user: User
  readonly session: Access
  readonly refreshToken: string
}

const revokeAllKeys = async (world: World) => {
  for (const { kid } of await world.store.keys.list()) await world.revokeKeys(kid)
}

/** A code of the secret that is set up now, good at this moment. */
const codeOf = (world: World, secret: Uint8Array) => totpCode(secret, Math.floor(world.clock.now() / totpStepSeconds))

const toPeople: Readonly<Record<string, (person: Person) => Promise<unknown>>> = {
  'they change their password': ({ world, session }) =>
    world.useCases.passwordChange.change(session.authorization, { current: goodPassword, next }, here),
  'the owner sets their password': ({ world, user }) => world.useCases.people.resetPassword(user.id, next, owner),
  'a code confirms their first TOTP secret': async ({ world, user }) => {
    const secret = await world.useCases.totp.setUp(user.id, undefined, here)
    expect(await world.useCases.totp.confirm(user, codeOf(world, secret), here)).toBe(true)
  },
  'a code confirms a TOTP secret in place of another': async ({ world, user }) => {
    const { totp } = world.useCases
    const first = await totp.setUp(user.id, undefined, here)
    await totp.confirm(user, codeOf(world, first), here)
    const second = await totp.setUp(user.id, undefined, here)
    expect(await totp.confirm(user, codeOf(world, second), here)).toBe(true)
  },
  'they choose which factors they must show': ({ world, session }) =>
    world.useCases.freshProof.chooseFactors(session.authorization, ['password'], { password: goodPassword }, here),
  'the owner resets their TOTP secret': ({ world, user }) => resetTotp(world.useCases, user.id, owner),
  'the owner changes which factors they must show': ({ world, user }) =>
    world.useCases.people.changeRequiredFactors(user.id, ['password', 'totp'], owner),
  'the owner changes their role': ({ world, user }) => world.useCases.people.changeRole(user.id, 'manager', owner),
  'they end this session': ({ world, session }) =>
    world.useCases.revocation.revoke(session.authorization, session.authorization.subject, here),
  'a refresh token of this session is used twice': async ({ world, refreshToken }) => {
    await world.refresh(refreshToken)
    await expect(world.refresh(refreshToken)).rejects.toMatchObject({ code: 'refresh_token_reused' })
  },
  'the owner ends all their sessions': ({ world, user }) =>
    world.useCases.people.revokeAll(user.id, { personal: false }, owner),
  'the owner ends all they hold': ({ world, user }) =>
    world.useCases.people.revokeAll(user.id, { personal: true }, owner),
  'they are disabled, and enabled again': async ({ world, user }) => {
    await world.useCases.people.disable(user.id, owner)
    await world.useCases.people.enable(user.id, owner)
  },
  'they are deleted': ({ world, user }) => world.useCases.people.remove(user.id, owner),
  'all key sets are revoked': ({ world }) => revokeAllKeys(world),
}

describe('N-123 what a person holds', () => {
  const { columns, rows } = tableOf('what happens to a person')

  it('is decided for every event, and no other', () => {
    expect(columns).toEqual(['this session', 'their other sessions', 'their personal tokens'])
    expect(rows.map(([event]) => event).sort()).toEqual(Object.keys(toPeople).sort())
  })

  it.each(rows)('when %s: %s, %s, %s', async (event = '', ...expected) => {
    await using world = await openWorld()
    const user = await world.addUser({ role: 'viewer' })
    const [here_, other] = [await world.login(), await world.login()]
    const session = await accessOf(world, here_.accessToken)
    const personal = await world.useCases.personalTokens.create(session, { dialect: 'native' }, here)
    const refreshTokens = [here_, other].map(({ refreshToken }) => reveal(refreshToken as PlainToken))
    await toPeople[event]?.({ world, user, session, refreshToken: refreshTokens[0] as string })
    const accepted = await Promise.all(
      [here_.accessToken, other.accessToken, personal.token].map((token) => world.accepts(reveal(token))),
    )
    expect(accepted.map((yes) => (yes ? 'lives' : 'ends'))).toEqual(expected)
    // A session that lives can be refreshed, and one that ended cannot.
    const refreshed = await Promise.allSettled(refreshTokens.map((token) => world.refresh(token)))
    const lives = refreshed.map(({ status }) => (status === 'fulfilled' ? 'lives' : 'ends'))
    expect(lives).toEqual(expected.slice(0, 2))
  })
})

interface Robot {
  readonly world: World
  readonly client: Client
  readonly credentialId: string
}

const toClients: Readonly<Record<string, (robot: Robot) => Promise<unknown>>> = {
  'its secret is revoked': ({ world, client, credentialId }) =>
    world.useCases.software.revokeCredential({ clientId: client.id, id: credentialId }, owner),
  'its secret comes to its end': async ({ world, client, credentialId }) => {
    await world.useCases.software.expireCredential({ clientId: client.id, id: credentialId }, 1, owner)
    world.clock.advance(2)
  },
  'a new secret replaces the old': ({ world, client }) =>
    world.useCases.software.replaceSecret(client.id, undefined, owner),
  'it is disabled, and enabled again': async ({ world, client }) => {
    await world.useCases.software.disable(client.id, owner)
    await world.useCases.software.enable(client.id, owner)
  },
  'it is deleted': ({ world, client }) => world.useCases.software.remove(client.id, owner),
  'all key sets are revoked': ({ world }) => revokeAllKeys(world),
}

describe('N-123 what a client holds', () => {
  const { columns, rows } = tableOf('what happens to a client')

  it('is decided for every event, and no other', () => {
    expect(columns).toEqual(['the secret or access key', 'its tokens', 'sessions opened through it'])
    expect(rows.map(([event]) => event).sort()).toEqual(Object.keys(toClients).sort())
  })

  it.each(rows)('when %s: %s, %s, %s', async (event = '', ...expected) => {
    await using world = await openWorld()
    await world.addUser()
    const { client, credential, secret } = await world.addClient()
    const { fixedTokens, clientAuthentication } = world.useCases
    const standing = await world.machineToken(client)
    const fixed = await fixedTokens.issue({ client, dialect: 'lyve', lifetimeSeconds: 86_400 }, here)
    const session = await world.login('alice', throughClient(nativeSessionPolicy, client))
    await toClients[event]?.({ world, client, credentialId: credential.id })
    const lives = async (attempt: Promise<unknown>) =>
      (await Promise.allSettled([attempt]))[0].status === 'fulfilled' ? 'lives' : 'ends'
    const works = async ({ accessToken }: TokenSet) => ((await world.accepts(reveal(accessToken))) ? 'lives' : 'ends')
    const [secretOrKey, tokens, sessions] = expected
    const key = { account: client.name, keyId: credential.id, secret: reveal(secret) }
    expect(await lives(clientAuthentication.authenticate({ clientId: client.id, secret: reveal(secret) }, here))).toBe(
      secretOrKey,
    )
    expect(await lives(clientAuthentication.authenticateKey(key, here))).toBe(secretOrKey)
    expect([await works(standing), await works(fixed)]).toEqual([tokens, tokens])
    const by = { clientId: client.id, dialect: nativeSessionPolicy.dialect }
    const refreshed = world.refresh(reveal(session.refreshToken as PlainToken), { by })
    expect([await works(session), await lives(refreshed)]).toEqual([sessions, sessions])
  })
})
