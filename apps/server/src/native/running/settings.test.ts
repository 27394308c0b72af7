import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer({
    flags: { 'retry-window-seconds': '30', 'allowed-hosts': 'a.example,b.example', 'metrics-listen': '[::1]:9464' },
  })
})
afterAll(() => server.close())

interface Listed {
  readonly name: string
  readonly value: string | null
  readonly [member: string]: unknown
}

describe('the settings in effect', () => {
  it('have the values that were given and the defaults, each as its flag takes it', async () => {
    const { id } = await server.user('boss', 'owner')
    const { body } = await server.ask('GET', '/v1/settings', {
      headers: bearer((await server.session(id)).access),
    })
    const settings = body.settings as readonly Listed[]
    const value = (name: string) => settings.find((setting) => setting.name === name)?.value
    expect(settings.find(({ name }) => name === 'retry-window-seconds')).toMatchObject({
      variable: 'COUNTERSIGN_RETRY_WINDOW_SECONDS',
      value: '30',
      source: 'flag',
      default: '60',
      unit: 'seconds',
      dialect: null,
      description: expect.stringContaining('Idempotency-Key'),
    })
    expect(settings.find(({ name }) => name === 'audit-drop')).toMatchObject({ value: 'off', source: 'default' })
    expect(value('allowed-hosts')).toBe('a.example,b.example')
    expect(value('metrics-listen')).toBe('[::1]:9464')
    expect(value('docker-image')).toBeNull()
    expect(value('issuer')).toBe('http://127.0.0.1:4300')
    expect(settings.find(({ name }) => name === 'manifold-refresh-tokens')).toMatchObject({ dialect: 'manifold' })
  })

  it('show no path of the machine', async () => {
    const { id } = await server.user('heir')
    const owner = (await server.running.authority.store.users.findOwner())?.id ?? id
    const { text } = await server.ask('GET', '/v1/settings', { headers: bearer((await server.session(owner)).access) })
    const { data, masterKeyFile } = server.running.authority.config
    expect(text).not.toContain(data)
    expect(text).not.toContain(masterKeyFile)
  })
})
