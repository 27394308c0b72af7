// What the years bring: tokens that live for one, and the advice to renew what is about to end.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCaller } from '@countersign/core'
import { generate } from 'selfsigned'
import { expect, it, onTestFinished } from 'vitest'
import type { TestServerOptions } from '../../testing/test-server.ts'
import { ManualTime } from '../../testing/time.ts'
import { apiKeyLifetimeSeconds } from './policy.ts'
import { claimsOf, type EfaServer, efaErrors, seen, startEfaServer } from './testing/efa-server.ts'

const day = 86_400
const year = 365 * day

async function start(options: TestServerOptions = {}): Promise<EfaServer> {
  const efa = await startEfaServer(options)
  onTestFinished(() => efa.server.close())
  return efa
}

/** The key set is rotated as an administrator would. */
async function rotate({ server }: EfaServer): Promise<void> {
  const { useCases } = server.running.authority
  await useCases.keys.rotate('ES256', localCaller)
}

it('a token of a year verifies until its end, although its signing key was replaced', async () => {
  const efa = await start()
  const { id } = await efa.newClient()
  const { body } = await efa.act('POST', '/token/extended-system-access-token', { clientId: id, expiry: year })
  await rotate(efa)
  efa.server.time.advance(year - 1)
  expect((await efa.validate(body['access-token'])).status).toBe(200)
  efa.server.time.advance(1)
  expect(seen(await efa.validate(body['access-token']))).toEqual({ status: 401, body: efaErrors.expiredToken })
})

it('an API key can be made anew when the one before has ended', async () => {
  const efa = await start()
  const { id } = await efa.newClient()
  expect((await efa.act('POST', '/token/apikey', { clientId: id })).status).toBe(200)
  efa.server.time.advance(apiKeyLifetimeSeconds - 1)
  expect((await efa.act('POST', '/token/apikey', { clientId: id })).status).toBe(401)
  efa.server.time.advance(1)
  expect((await efa.act('POST', '/token/apikey', { clientId: id })).status).toBe(200)
})

it('the response to a refresh announces a login that is about to end', async () => {
  const efa = await start()
  const { refresh: token } = await efa.sessionOf('vera')
  efa.server.time.advance(24 * day - 1)
  const { body: early } = await efa.refresh(token)
  expect(early.message).toBeUndefined()
  efa.server.time.advance(2)
  const { body: late } = await efa.refresh(early['refresh-token'])
  expect(late.message).toBe('This login will expire soon, please log in again')
  expect(claimsOf(late['refresh-token']).exp).toBe(claimsOf(token).exp)
  expect((await efa.logIn('vera')).body.message).toBeUndefined()
})

it('a signing key that is nearly a year old is advised about, until it is rotated', async () => {
  const efa = await start()
  efa.server.time.advance(year - 30 * day)
  expect((await efa.logIn('vera')).body.message).toBeUndefined()
  efa.server.time.advance(1)
  expect((await efa.logIn('vera')).body.message).toBe('The signing key is due for rotation, please rotate')
  await rotate(efa)
  efa.server.time.advance(400)
  expect((await efa.logIn('vera')).body.message).toBeUndefined()
})

it('a TLS certificate that is about to end is advised about, in the vendor’s words', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const now = new ManualTime().wall()
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'short' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 80 * day * 1000),
    notAfterDate: new Date(now + 10 * day * 1000),
  })
  const flags = { 'tls-cert': join(folder, 'cert.pem'), 'tls-key': join(folder, 'key.pem') }
  writeFileSync(flags['tls-cert'], cert)
  writeFileSync(flags['tls-key'], key, { mode: 0o600 })
  const efa = await start({ flags })
  expect((await efa.logIn('vera')).body.message).toBe('Certificates will expire soon, please renew')
  const { refresh: token } = await efa.sessionOf('vera')
  expect((await efa.refresh(token)).body.message).toBe('Certificates will expire soon, please renew')
})
