import { hash } from 'node:crypto'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { newSecret } from '@countersign/core'
import { watchStatements } from '@countersign/store/testing'
import { describe, expect, it } from 'vitest'
import { goodPassword, wrongPassword } from './people.ts'
import { from, hexSessionPolicy, openTestIssuer, reveal } from './test-issuer.ts'

/** How long what was compared in constant time is, and how far it was alike: the second must make no difference. */
interface Comparison {
  readonly bytes: number
  readonly alike: number
}

/** Every comparison in constant time, from now on. */
function comparisons(): { readonly seen: Comparison[] } & Disposable {
  const crypto = createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto')
  const original = crypto.timingSafeEqual
  const seen: Comparison[] = []
  const tapped: typeof original = (one, other) => {
    const [a, b] = [Buffer.from(one as Uint8Array), Buffer.from(other as Uint8Array)]
    const differs = a.findIndex((byte, at) => byte !== b[at])
    seen.push({ bytes: a.length, alike: differs < 0 ? a.length : differs })
    return original(one, other)
  }
  Object.assign(crypto, { timingSafeEqual: tapped })
  syncBuiltinESMExports()
  return {
    seen,
    [Symbol.dispose]: () => {
      Object.assign(crypto, { timingSafeEqual: original })
      syncBuiltinESMExports()
    },
  }
}

/** The same token with one byte of its MAC altered, counted from the front of the MAC. */
function altered(token: string, macBytes: number, at: number): string {
  const [head, tail] = token.includes('.')
    ? [token.slice(0, token.lastIndexOf('.') + 1), token.split('.').at(-1) ?? '']
    : ['', token]
  const prefix = tail.startsWith('cs_at_') ? 'cs_at_' : ''
  const spelling = /^[0-9a-f]{64}$/.test(tail) ? 'hex' : 'base64url'
  const bytes = Buffer.from(tail.slice(prefix.length), spelling)
  const place = bytes.length - macBytes + at
  bytes[place] = (bytes[place] ?? 0) ^ 1
  return head + prefix + bytes.toString(spelling)
}

async function withTokens() {
  const issuer = await openTestIssuer()
  await issuer.addUser()
  const opaque = await issuer.addClient({ tokenForm: 'opaque' })
  const hex = await issuer.login('alice', hexSessionPolicy)
  const native = await issuer.login()
  const { accessTokens } = issuer.useCases
  const by = { clientId: hexSessionPolicy.clientId, dialect: hexSessionPolicy.dialect }
  const exchange = (refreshToken: string, session: typeof by | undefined) =>
    (session ? issuer.refresh(refreshToken, { by: session }) : issuer.refresh(refreshToken)).catch(() => undefined)
  const tokens = [
    {
      kind: 'machine token',
      macBytes: 16,
      text: reveal((await issuer.machineToken(opaque.client)).accessToken),
      present: (text: string) => accessTokens.check(text),
    },
    {
      kind: 'hex access token',
      macBytes: 16,
      text: reveal(hex.accessToken),
      present: (text: string) => accessTokens.check(text),
    },
    {
      kind: 'hex refresh token',
      macBytes: 16,
      text: reveal(hex.refreshToken),
      present: (text: string) => exchange(text, by),
    },
    {
      kind: 'refresh JWT',
      macBytes: 32,
      text: reveal(native.refreshToken),
      present: (text: string) => exchange(text, undefined),
    },
    {
      kind: 'session cookie',
      macBytes: 16,
      text: reveal(accessTokens.issueCookie(native.authorization.id)),
      present: (text: string) => accessTokens.checkCookie(text),
    },
  ]
  return { issuer, tokens }
}

/** What the database was asked while `work` was done. */
async function asked(work: () => Promise<unknown>) {
  using watch = watchStatements()
  await work()
  return watch.asked
}

describe('N-104 how far a forgery is right', () => {
  it('makes no difference to what a MAC is compared by: always the whole of it, in constant time, and nothing is asked', async () => {
    const { issuer, tokens } = await withTokens()
    await using _ = issuer
    for (const { kind, macBytes, text, present } of tokens) {
      for (const at of [0, 1, macBytes / 2, macBytes - 1]) {
        using tap = comparisons()
        const calls = await asked(() => present(altered(text, macBytes, at)))
        expect({ kind, seen: tap.seen, calls }).toEqual({ kind, seen: [{ bytes: macBytes, alike: at }], calls: [] })
      }
    }
  })

  it('makes no difference to a stored secret: it is looked for by the digest of the whole', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const { client, secret } = await issuer.addClient()
    const right = reveal(secret)
    // Each with a checksum that fits: others are not looked for at all.
    const wrong = Array.from({ length: 20 }, () => newSecret('key', issuer.random).reveal())
    const authenticate = (text: string) =>
      issuer.useCases.clientAuthentication.authenticate(
        { clientId: client.id, secret: text },
        from(`192.0.2.${wrong.indexOf(text) + 2}`),
      )
    for (const text of [right, ...wrong]) {
      const calls = await asked(() => authenticate(text).catch(() => undefined))
      const lookUps = calls.filter(({ sql }) => sql.includes('"secret_digest" = ?'))
      expect(lookUps.map(({ values }) => values)).toEqual([[hash('sha256', text, 'buffer')]])
      for (const { values } of calls)
        expect(values.some((value) => String(value).includes(text.slice(7, 15)))).toBe(false)
    }
  })

  it('makes no difference to a personal token either', async () => {
    await using issuer = await openTestIssuer()
    for (let i = 0; i < 5; i++) {
      const text = newSecret('pat', issuer.random).reveal()
      const calls = await asked(() => issuer.useCases.accessTokens.check(text))
      const values = calls.map((call) => call.values.filter((value) => value !== null))
      expect(values).toEqual([[hash('sha256', text, 'buffer')]])
      expect(calls[0]?.sql).toContain('"secret_digest" = ?')
    }
  })

  it('makes no difference to a password: the whole tag is compared in constant time', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const compared = async (password: string) => {
      using tap = comparisons()
      await issuer.useCases.login
        .authenticate({ username: 'alice', password }, from('192.0.2.9'))
        .catch(() => undefined)
      return tap.seen.map(({ bytes }) => bytes)
    }
    expect([await compared(wrongPassword), await compared(goodPassword)]).toEqual([[32], [32]])
  })
})
