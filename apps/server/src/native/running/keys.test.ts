import { callerOf, localCaller, longestAccessSeconds } from '@countersign/core'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Question } from '../../../test/contract/recorder.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'

let server: RecordedServer
let owner: string
beforeEach(async () => {
  server = await startRecordedServer()
  onTestFinished(() => server.close())
  owner = (await server.user('boss', 'owner')).id
})

interface Listed {
  readonly kid: string
  readonly state: string
  readonly algorithm: string
  readonly [member: string]: unknown
}
const act = async (method: string, path: string, body?: Question['body']) =>
  server.ask(method, path, { headers: bearer((await server.session(owner)).access), body })
const listed = async () => (await act('GET', '/v1/keys')).body.keys as readonly Listed[]
const states = async () => (await listed()).map(({ state }) => state)
const published = async () =>
  ((await server.ask('GET', '/oauth2/jwks')).body.keys as { kid: string }[]).map(({ kid }) => kid)

describe('the key sets, for the owner', () => {
  it('are listed with what each is used for, through a rotation', async () => {
    const [first] = await listed()
    expect(first).toMatchObject({
      number: 1,
      state: 'signing',
      superseded_at: null,
      removable_at: null,
      revoked_at: null,
    })
    expect((await act('GET', '/v1/keys')).body.next_rotation_at).toBe(Number(first?.created_at) + 90 * 86_400)
    const { status, body } = await act('POST', '/v1/keys', { algorithm: 'EdDSA' })
    expect(status).toBe(201)
    expect(body).toMatchObject({ number: 2, state: 'published', algorithm: 'EdDSA' })
    expect(Number(body.activates_at) - Number(body.created_at)).toBe(360)
    expect(await states()).toEqual(['signing', 'published'])
    expect(await published()).toEqual([first?.kid, body.kid])
    server.time.advance(360)
    expect(await states()).toEqual(['verifying', 'signing'])
    const [superseded] = await listed()
    expect(superseded?.removable_at).toBe(Number(body.activates_at) + 366 * 86_400)
    server.time.advance(longestAccessSeconds)
    expect(await states()).toEqual(['retired', 'signing'])
  })

  it('has the algorithm of the configuration, where the request names none', async () => {
    expect((await act('POST', '/v1/keys')).body.algorithm).toBe('ES256')
  })

  it('ends everything that was made with a revoked one, the session that revokes it too', async () => {
    const { access } = await server.session(owner)
    const [first] = await listed()
    const { status } = await server.ask('DELETE', `/v1/keys/${first?.kid}`, { headers: bearer(access) })
    expect(status).toBe(204)
    expect((await server.ask('GET', '/v1/me', { headers: bearer(access) })).status).toBe(401)
    expect(await states()).toEqual(['revoked', 'signing'])
    expect(await published()).not.toContain(first?.kid)
    expect((await act('DELETE', `/v1/keys/${first?.kid}`)).status).toBe(404)
  })

  it('change for nobody whose session has ended meanwhile', async () => {
    const { id } = await server.session(owner)
    const { store, useCases } = server.running.authority
    const authorization = (await store.authorizations.find(id))?.authorization
    if (!authorization) throw new Error('the session was not stored')
    await store.authorizations.revoke(id, server.time.now(), { at: 0, action: 'authorization_revoked' })
    const by = callerOf(authorization, localCaller.context)
    const [first] = await listed()
    await expect(useCases.keys.rotate('ES256', by)).rejects.toMatchObject({ code: 'token_invalid' })
    await expect(useCases.keys.revoke(first?.kid ?? '', by)).rejects.toMatchObject({ code: 'token_invalid' })
    expect(await states()).toEqual(['signing'])
  })
})
