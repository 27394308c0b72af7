import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer } from '../../../test/recorded-server.ts'
import { goodPassword } from '../../testing/test-server.ts'
import { claimsOf, type EfaServer, efaErrors, lifeOf, seen, startEfaServer } from './testing/efa-server.ts'

const { keyExists, missingToken, invalidToken, unknownClient, noAccess, requestInvalid } = efaErrors

let efa: EfaServer
let server: RecordedServer
beforeAll(async () => {
  efa = await startEfaServer()
  server = efa.server
})
afterAll(() => efa.server.close())

const ask: EfaServer['ask'] = (...given) => efa.ask(...given)
const asOwner: EfaServer['asOwner'] = (...given) => efa.asOwner(...given)
const act: EfaServer['act'] = (...given) => efa.act(...given)
const sessionOf: EfaServer['sessionOf'] = (...given) => efa.sessionOf(...given)
const newClient: EfaServer['newClient'] = (...given) => efa.newClient(...given)
const logIn: EfaServer['logIn'] = (...given) => efa.logIn(...given)
const refresh: EfaServer['refresh'] = (...given) => efa.refresh(...given)
const validate: EfaServer['validate'] = (...given) => efa.validate(...given)

describe('the expiry settings', () => {
  it('take effect at once, for new logins and for refreshes, and a login keeps its own end', async () => {
    const { body: before } = await logIn('vera')
    const change = (type: string, hours: number, minutes: number) =>
      act('POST', '/token/expiry', { type, hours, minutes })
    expect(seen(await change('ACCESS', 0, 15))).toEqual({
      status: 200,
      body: { type: 'ACCESS', hours: 0, minutes: 15 },
    })
    await change('REFRESH', 2, 0)
    await change('CLIENT', 0, 5)
    await change('SYSTEM', 48, 1)
    expect((await act('GET', '/token/expiry?type=ACCESS')).body).toEqual({ type: 'ACCESS', hours: 0, minutes: 15 })
    expect(JSON.parse((await act('GET', '/token/expiry/all')).text)).toEqual([
      { type: 'ACCESS', hours: 0, minutes: 15 },
      { type: 'REFRESH', hours: 2, minutes: 0 },
      { type: 'CLIENT', hours: 0, minutes: 5 },
      { type: 'SYSTEM', hours: 48, minutes: 1 },
    ])

    const { body: after } = await logIn('vera')
    expect(lifeOf(after['access-token'])).toBe(900)
    expect(lifeOf(after['refresh-token'])).toBe(7200)
    const { body: refreshed } = await refresh(before['refresh-token'])
    expect(lifeOf(refreshed['access-token'])).toBe(900)
    expect(lifeOf(refreshed['refresh-token'])).toBe(30 * 86_400)
    const client = { username: 'vera', password: goodPassword, clientId: (await newClient()).id }
    const through = await ask('POST', '/token/client-access-token', { body: client })
    expect(lifeOf(through.body['access-token'])).toBe(300)
    const { body: system } = await act('POST', '/token/system-access-token')
    expect(lifeOf(system['access-token'])).toBe(48 * 3600 + 60)

    await change('ACCESS', 1, 0)
    await change('REFRESH', 720, 0)
    await change('CLIENT', 1, 0)
    await change('SYSTEM', 24, 0)
    expect(server.sql("SELECT action FROM audit WHERE action = 'setting_changed'")).toHaveLength(8)
  })

  it('have bounds, and a value beyond them changes nothing', async () => {
    const wrong = [
      {},
      { type: 'ACCESS' },
      { type: 'ACCESS', hours: 0, minutes: 0 },
      { type: 'ACCESS', hours: 24, minutes: 1 },
      { type: 'CLIENT', hours: 25, minutes: 0 },
      { type: 'REFRESH', hours: 8760, minutes: 1 },
      { type: 'SYSTEM', hours: 8761, minutes: 0 },
      { type: 'ACCESS', hours: -1, minutes: 0 },
      { type: 'ACCESS', hours: 0, minutes: 60 },
      { type: 'ACCESS', hours: 0.5, minutes: 0 },
      { type: 'ACCESS', hours: '1', minutes: 0 },
      { type: 'ACCESS', hours: null, minutes: 5 },
      { type: 'access', hours: 1, minutes: 0 },
      { type: 'OTHER', hours: 1, minutes: 0 },
    ]
    for (const body of wrong) {
      expect({ sent: body, ...seen(await act('POST', '/token/expiry', body)) }).toEqual({
        sent: body,
        status: 400,
        body: requestInvalid,
      })
    }
    expect((await act('GET', '/token/expiry?type=ACCESS')).body).toEqual({ type: 'ACCESS', hours: 1, minutes: 0 })
    expect(seen(await act('GET', '/token/expiry'))).toEqual({ status: 400, body: requestInvalid })
    expect(seen(await act('GET', '/token/expiry?type=OTHER'))).toEqual({ status: 400, body: requestInvalid })
  })

  it('are the owner’s alone', async () => {
    const { access } = await sessionOf('max')
    const headers = bearer(access)
    const body = { type: 'ACCESS', hours: 1, minutes: 0 }
    expect(seen(await ask('POST', '/token/expiry', { headers, body }))).toEqual({ status: 403, body: noAccess })
    expect(seen(await ask('GET', '/token/expiry/all', { headers }))).toEqual({ status: 403, body: noAccess })
    expect(seen(await ask('GET', '/token/expiry?type=ACCESS'))).toEqual({ status: 401, body: missingToken })
  })
})

describe('API keys', () => {
  it('are tokens of a year, shown once, presented as Bearer; a list shows their end only', async () => {
    const { id } = await newClient('manager')
    expect((await act('GET', `/token/apikey?clientId=${id}`)).body).toEqual({ apiKey: '' })
    const { body } = await act('POST', '/token/apikey', { clientId: id })
    const key = String(body.apiKey)
    expect(lifeOf(key)).toBe(31_536_000)
    expect(claimsOf(key)).toMatchObject({ sub: id, role: 'manager' })
    expect((await validate(key)).status).toBe(200)
    const { body: masked } = await act('GET', `/token/apikey?clientId=${id}`)
    expect(masked).toEqual({ apiKey: `…${key.slice(-6)}` })
    const { body: own } = await server.ask('GET', '/v1/authorizations', { headers: bearer(key) })
    expect(own.authorizations).toMatchObject([{ kind: 'fixed', dialect: 'efa', client_id: id }])
  })

  it('are replaced only by force', async () => {
    const { id } = await newClient()
    const first = String((await act('POST', '/token/apikey', { clientId: id })).body.apiKey)
    for (const path of ['/token/apikey', '/token/apikey?force=false']) {
      expect(seen(await act('POST', path, { clientId: id }))).toEqual({ status: 401, body: keyExists })
    }
    expect((await validate(first)).status).toBe(200)
    const second = String((await act('POST', '/token/apikey?force=true', { clientId: id })).body.apiKey)
    expect(seen(await validate(first))).toEqual({ status: 401, body: invalidToken })
    expect((await validate(second)).status).toBe(200)
  })

  it('can be made anew after one was revoked', async () => {
    const { id } = await newClient()
    const key = String((await act('POST', '/token/apikey', { clientId: id })).body.apiKey)
    await ask('POST', '/token/remove-token', { headers: bearer(key) })
    expect((await act('POST', '/token/apikey', { clientId: id })).status).toBe(200)
  })

  it('are one per client, however many requests arrive at the same time', async () => {
    const { id } = await newClient()
    const headers = await asOwner()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask('POST', '/token/apikey', { headers, body: { clientId: id } })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers)
      if (answer.status !== 200) expect(seen(answer)).toEqual({ status: 401, body: keyExists })
  })

  it('of unknown clients are 25009', async () => {
    expect(seen(await act('POST', '/token/apikey', { clientId: 'unknown' }))).toEqual({
      status: 401,
      body: unknownClient,
    })
    expect(seen(await act('GET', '/token/apikey?clientId=x'))).toEqual({ status: 401, body: unknownClient })
    expect(seen(await act('POST', '/token/apikey', {}))).toEqual({ status: 400, body: requestInvalid })
  })

  it('are nowhere in the database, nor in the log', async () => {
    const { id } = await newClient()
    const key = String((await act('POST', '/token/apikey', { clientId: id })).body.apiKey)
    const rows = JSON.stringify(
      ['authorizations', 'audit', 'settings'].map((table) => server.sql(`SELECT * FROM ${table}`)),
    )
    expect(rows).toContain(id)
    expect(rows).not.toContain(key)
    expect(server.running.log()).not.toContain(key)
  })
})

describe('clients', () => {
  it('are registered, shown, listed and removed', async () => {
    const { status, body } = await act('POST', '/client', { name: 'neutron-1', clientType: 'openstack' })
    expect({ status, body }).toEqual({
      status: 200,
      body: { name: 'neutron-1', clientID: expect.stringMatching(/^[0-9a-f]{22}$/), clientType: 'openstack' },
    })
    expect((await act('GET', '/client?name=neutron-1')).body).toEqual(body)
    expect(JSON.parse((await act('GET', '/clientlist')).text)).toContainEqual(body)
    const removed = await act('DELETE', '/client?name=neutron-1')
    expect([removed.status, removed.text, removed.headers.get('content-type')]).toEqual([200, '', null])
    expect(seen(await act('GET', '/client?name=neutron-1'))).toEqual({ status: 401, body: unknownClient })
    expect(seen(await act('DELETE', '/client?name=neutron-1'))).toEqual({ status: 401, body: unknownClient })
    expect(JSON.parse((await act('GET', '/clientlist')).text)).not.toContainEqual(body)
  })

  it.each(['openstack', 'host', 'application'])('can be of the type %s', async (clientType) => {
    expect((await act('POST', '/client', { name: `a ${clientType}`, clientType })).body.clientType).toBe(clientType)
  })

  it('of another type are 25007, of a taken name 25008, without a name 1001', async () => {
    const register = (name: unknown, clientType: unknown) => act('POST', '/client', { name, clientType })
    await register('taken', 'host')
    expect(seen(await register('typed', 'vmware'))).toEqual({
      status: 400,
      body: { code: 25007, message: 'Unknown client type' },
    })
    expect(seen(await register('taken', 'host'))).toEqual({
      status: 409,
      body: { code: 25008, message: 'Client cannot be registered' },
    })
    for (const name of [undefined, '', ' x', 'a'.repeat(65), 'a\u0007b', 1]) {
      expect(seen(await register(name, 'host'))).toEqual({ status: 400, body: requestInvalid })
    }
  })

  it('that were registered elsewhere are applications', async () => {
    const { name, id } = await newClient()
    expect((await act('GET', `/client?name=${name}`)).body).toEqual({ name, clientID: id, clientType: 'application' })
  })

  it('are the owner’s alone', async () => {
    const headers = bearer((await sessionOf('max')).access)
    const body = { name: 'refused', clientType: 'host' }
    expect(seen(await ask('POST', '/client', { headers, body }))).toEqual({ status: 403, body: noAccess })
    for (const [method, path] of [
      ['GET', '/client?name=x'],
      ['DELETE', '/client?name=x'],
      ['GET', '/clientlist'],
    ] as const) {
      expect(seen(await ask(method, path, { headers }))).toEqual({ status: 403, body: noAccess })
      expect(seen(await ask(method, path))).toEqual({ status: 401, body: missingToken })
    }
  })
})
