// The guards of examples/languages, against a real server. CI runs those that are built fast; `pnpm campaign languages` all.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { Guard, languages, missing } from './languages/guards.ts'
import { Issuer, keyOf, orders } from './languages/issuer.ts'

const whole = process.env.COUNTERSIGN_WHOLE === 'languages'

// Programs are built and started here.
vi.setConfig({ testTimeout: 60_000, hookTimeout: whole ? 1_200_000 : 180_000 })

const modes = ['verifies', 'introspects'] as const
const cases = languages
  .filter(({ slow }) => whole || !slow)
  .flatMap(({ name, edDsa }) => modes.map((mode) => ({ name, edDsa, mode })))

type Mode = (typeof modes)[number]

let folder: string
let issuer: Issuer
let tokens: Awaited<ReturnType<typeof issueTokens>>
const guards = new Map<string, Guard>()
/** Why guards do not run, by language. */
const lacking = new Map<string, string>()
const keyOfCase = (name: string, mode: Mode): string => `${name} ${mode}`

async function issueTokens() {
  return {
    machine: await issuer.machine(),
    person: await issuer.person(),
    unscoped: await issuer.machine('orders:write'),
    plainlyTyped: await issuer.plainlyTyped(),
    revoked: await issuer.revoked(),
    refused: await issuer.refused(),
  }
}

async function start(language: (typeof languages)[number]): Promise<void> {
  const lacks = await missing(language)
  if (lacks !== undefined) {
    lacking.set(language.name, lacks)
    return
  }
  const launch = await language.build(folder)
  for (const mode of modes) {
    const client = { CLIENT_ID: issuer.program.id, CLIENT_SECRET: issuer.program.secret }
    const settings = { ISSUER: issuer.url, RESOURCE: orders, ...(mode === 'introspects' && client) }
    guards.set(keyOfCase(language.name, mode), await Guard.start(launch, settings))
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-languages-'))
  issuer = await Issuer.start()
  for (const language of languages) {
    if (whole || !language.slow) await start(language)
  }
  tokens = await issueTokens()
})
afterAll(async () => {
  for (const guard of guards.values()) await guard[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** Skips the test, and says why, where the guard cannot run. */
function guardOf(context: TestContext, { name, mode }: (typeof cases)[number]): Guard {
  return guards.get(keyOfCase(name, mode)) ?? context.skip(`${name}: ${lacking.get(name)}`)
}

/** The status with the error of the challenge. */
async function ask(
  { url }: Guard,
  authorization?: string,
): Promise<{ readonly answer: string; readonly body: string }> {
  const response = await fetch(url, authorization === undefined ? {} : { headers: { authorization } })
  const challenge = response.headers.get('www-authenticate')
  const [, error] = /error="([^"]*)"/.exec(challenge ?? '') ?? []
  const said = challenge === null ? [] : [/^Bearer\b/.test(challenge) ? 'Bearer' : challenge, error]
  return {
    answer: [response.status, ...said].filter((part) => part !== undefined).join(' '),
    body: await response.text(),
  }
}

const present = (guard: Guard, token: string) => ask(guard, `Bearer ${token}`)

describe.each(cases)('the guard in $name that $mode', (one) => {
  it('lets a user and a client in, and tells the operation of them', async (context) => {
    const guard = guardOf(context, one)
    const person = await present(guard, tokens.person)
    expect(person.answer).toBe('200')
    expect(JSON.parse(person.body)).toMatchObject({
      client: 'countersign',
      role: 'viewer',
      scope: ['orders:read', 'orders:write'],
    })
    const machine = await present(guard, tokens.machine)
    expect(machine.answer).toBe('200')
    const { readerId } = issuer
    expect(JSON.parse(machine.body)).toEqual({
      subject: readerId,
      client: readerId,
      role: 'viewer',
      scope: ['orders:read'],
    })
  })

  it('challenges a request without a token, and names no error (RFC 6750 §3.1)', async (context) => {
    const guard = guardOf(context, one)
    expect((await ask(guard)).answer).toBe('401 Bearer')
    expect((await ask(guard, 'Basic YTpi')).answer).toBe('401 Bearer')
  })

  it('refuses a token without the scope', async (context) => {
    expect((await present(guardOf(context, one), tokens.unscoped)).answer).toBe('403 Bearer insufficient_scope')
  })

  it('refuses every token that is not one for it', async (context) => {
    const guard = guardOf(context, one)
    const answers: Record<string, string> = {}
    for (const [name, token] of Object.entries(tokens.refused)) answers[name] = (await present(guard, token)).answer
    const expected = Object.keys(tokens.refused).map((name) => [name, '401 Bearer invalid_token'])
    expect(answers).toEqual(Object.fromEntries(expected))
  })

  it('asks the server about types and revocations, or else requires at+jwt and sees no revocation', async (context) => {
    const guard = guardOf(context, one)
    const [accepted, refused] = ['200', '401 Bearer invalid_token']
    const answers = [await present(guard, tokens.plainlyTyped), await present(guard, tokens.revoked)]
    expect(answers.map(({ answer }) => answer)).toEqual(
      one.mode === 'verifies' ? [refused, accepted] : [accepted, refused],
    )
  })
})

// In this order: each rotation is of the same server.
describe.each(['ES256', 'EdDSA'] as const)('after a rotation of the keys to %s', (algorithm) => {
  let token: string
  beforeAll(async () => {
    const before = keyOf(await issuer.machine())
    await issuer.rotate(algorithm)
    await vi.waitFor(async () => {
      token = await issuer.machine()
      expect(keyOf(token)).not.toBe(before)
    }, 10_000)
  })

  it.for(cases)('the guard in $name that $mode needs no restart for tokens of the new key', async (one, context) => {
    const guard = guardOf(context, one)
    const accepts = algorithm === 'ES256' || one.edDsa || one.mode === 'introspects'
    const expected = accepts ? '200' : '401 Bearer invalid_token'
    // Fetches for an unknown kid are two seconds apart.
    await vi.waitFor(async () => expect((await present(guard, token)).answer).toBe(expected), 10_000)
    expect((await present(guard, tokens.machine)).answer).toBe('200')
  })
})
