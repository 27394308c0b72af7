// Calls of each dialect that hash no password.
import { createHmac } from 'node:crypto'
import { formRequest, getRequest, jsonRequest } from '@countersign/server/testing/process'
import { collect } from '../../floor/floor.ts'
import type { Call } from '../../load/script.ts'
import type { BenchCase, CaseName } from '../bench-case.ts'
import { firstUser } from './accounts.ts'
import { chains, refreshFloor, refreshFloors } from './refreshing.ts'
import { type Build, cycle, readingFloor, type Sides, warmUpAnswers } from './sides.ts'

type DialectCase = Extract<CaseName, `${'cikit' | 'efa' | 'insight' | 'lyve' | 'manifold'}-${string}`>

export const dialectBuilders: Readonly<Record<DialectCase, Build>> = {
  'cikit-refresh': cikitRefresh,
  'efa-validate': efaValidate,
  'efa-refresh': efaRefresh,
  'insight-list': insightList,
  'lyve-issue': lyveIssue,
  'lyve-remaining': lyveRemaining,
  'manifold-refresh': manifoldRefresh,
}

const reading = async (
  sides: Sides,
  name: DialectCase,
  expected: string,
  requests: readonly string[],
  floor?: Parameters<typeof readingFloor>[2],
): Promise<BenchCase> => ({
  name,
  warmUpAnswers: warmUpAnswers.code,
  ours: cycle(`${name} ours`, sides.server, sides.connections, expected, requests),
  floors: [await readingFloor(sides, name, floor)],
})

const floorDoes = {
  plain: refreshFloors.plain.does,
  signed: 'HMAC, ES256 signature, durable compare-and-set in the same group commit',
} as const

async function refreshing(
  sides: Sides,
  name: DialectCase,
  work: { readonly call: Call; readonly member: string; readonly tokens: readonly string[] },
  floor: keyof typeof refreshFloors,
): Promise<BenchCase> {
  return {
    name,
    warmUpAnswers: warmUpAnswers.code,
    ours: { ...chains(`${name} ours`, sides.server, sides.connections, work), expected: `"${work.member}":"` },
    floors: [await refreshFloor(sides, name, { ...refreshFloors[floor], does: floorDoes[floor] })],
  }
}

/** A user of CIKit has one pair of tokens, so each connection has a user of its own. Its access tokens are opaque. */
async function cikitRefresh(sides: Sides): Promise<BenchCase> {
  const { server, run, connections } = sides
  const tokens: string[] = []
  for (let i = 0; i < connections; i++) {
    const username = `cikit-${i}`
    const { totp_secret } = await run.json<{ totp_secret: string }>(['create-user', '-u', username, '-g', 'viewer'])
    const login = jsonRequest(server, '/api/v1/user/auth', { username, code: codeOf(totp_secret) })
    tokens.push(...(await collect(server, login, 'refresh_token', 1)))
  }
  const body = { grant_type: 'refresh_token' }
  const call = { method: 'POST', path: '/api/v1/user/auth/refresh', body, tokenMember: 'refresh_token', keyed: true }
  return refreshing(sides, 'cikit-refresh', { call, member: 'refresh_token', tokens }, 'plain')
}

const efaLogin = (sides: Sides, member: string, count: number) =>
  collect(
    sides.server,
    jsonRequest(sides.server, '/v1/auth/token/access-token', firstUser(sides.accounts)),
    member,
    count,
  )

async function efaValidate(sides: Sides): Promise<BenchCase> {
  const tokens = await efaLogin(sides, 'access-token', sides.connections)
  const requests = tokens.map((token) =>
    getRequest(sides.server, '/v1/auth/token/validate', { authorization: `Bearer ${token}` }),
  )
  return reading(sides, 'efa-validate', '', requests)
}

async function efaRefresh(sides: Sides): Promise<BenchCase> {
  const tokens = await efaLogin(sides, 'refresh-token', sides.connections)
  const body = { 'grant-type': 'refresh_token' }
  const call = { method: 'POST', path: '/v1/auth/token/refresh', body, tokenMember: 'refresh-token', keyed: true }
  return refreshing(sides, 'efa-refresh', { call, member: 'refresh-token', tokens }, 'signed')
}

/** A user with one personal token lists it. */
async function insightList(sides: Sides): Promise<BenchCase> {
  const { server, run } = sides
  const user = { username: 'insight', password: 'correct horse battery staple' }
  await run.user(user)
  const tokens = await collect(server, formRequest(server, '/api/authenticate/userpass', user), 'token', 1)
  const requests = tokens.map((token) => getRequest(server, '/api/getApiTokens', { 'x-auth-token': token }))
  const floor = { does: 'HMAC check, two indexed reads', path: '/list' }
  return reading(sides, 'insight-list', '"apiToken"', requests, floor)
}

const lyveLogin = async ({ server, run }: Sides, account: string): Promise<string> => {
  const { accountId, accessKey, secret } = await run.json<Record<string, string>>([
    'create-access-key',
    '--account',
    account,
  ])
  return jsonRequest(server, '/v2/auth/token', { accountId, accessKey, secret })
}

/** A token of Lyve lives for a day, so it has a row of its own. */
async function lyveIssue(sides: Sides): Promise<BenchCase> {
  const { server, floor, connections } = sides
  const requests = [formRequest(floor, '/issue-stored-signed', {})]
  return {
    name: 'lyve-issue',
    warmUpAnswers: warmUpAnswers.code,
    ours: cycle('lyve-issue ours', server, connections, '"token":"', [await lyveLogin(sides, 'bench-issue')]),
    floors: [
      {
        does: 'ES256 signature and a durable row in the same group commit',
        script: cycle('lyve-issue floor', floor, connections, '"access_token"', requests),
      },
    ],
  }
}

async function lyveRemaining(sides: Sides): Promise<BenchCase> {
  const { server, connections } = sides
  const tokens = await collect(server, await lyveLogin(sides, 'bench-remaining'), 'token', connections)
  const requests = tokens.map((token) => getRequest(server, '/v2/auth/token', { authorization: `Bearer ${token}` }))
  return reading(sides, 'lyve-remaining', '"expirationSec"', requests)
}

/** Manifold's login takes a refresh token as bearer token. */
async function manifoldRefresh(sides: Sides): Promise<BenchCase> {
  const { server, connections, accounts } = sides
  const { username, password } = firstUser(accounts)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const login = getRequest(server, '/manifold-api/login', { authorization })
  const tokens = await collect(server, login, 'refresh_token', connections)
  const call = { method: 'GET', path: '/manifold-api/login', keyed: true }
  return refreshing(sides, 'manifold-refresh', { call, member: 'refresh_token', tokens }, 'signed')
}

/** The code of an authenticator at this time (RFC 6238). */
function codeOf(secret: string): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const key = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = (mac.at(-1) ?? 0) & 15
  return `${(mac.readUInt32BE(at) & 0x7f_ff_ff_ff) % 1_000_000}`.padStart(6, '0')
}
