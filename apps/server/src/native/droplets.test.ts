import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'

let server: RecordedServer
let manager: Record<string, string>
let owner: { readonly id: string; readonly headers: Record<string, string> }
let managerId: string

beforeAll(async () => {
  server = await startRecordedServer()
  managerId = (await server.user('mary', 'manager')).id
  manager = bearer((await server.session(managerId)).access)
  const { id } = await server.user('olga', 'owner')
  owner = { id, headers: bearer((await server.session(id)).access) }
})
afterAll(() => server.close())

const ask = (method: string, path: string, body?: object, headers = manager) =>
  server.ask(method, path, { headers, ...(body === undefined ? {} : { body }) })

interface Shown {
  readonly id: string
  readonly name: string
  readonly number: number
}
const listed = async (query = '') => {
  const { body } = await ask('GET', `/v1/droplets${query}`)
  return { droplets: body.droplets as readonly Shown[], next: body.next_cursor as string | null }
}

describe('droplets of the native API', () => {
  it('are created, shown by id and by name, stopped, started, restarted and deleted', async () => {
    const created = await ask('POST', '/v1/droplets', { name: 'web-1' })
    expect(created.status).toBe(201)
    const { id, number, created_at: createdAt } = created.body
    expect(created.body).toMatchObject({ name: 'web-1', state: 'active', creator: 'mary', changed_at: createdAt })
    expect(Object.keys(created.body.ports as object)).toEqual(['22', '80', '443'])
    expect((await ask('GET', `/v1/droplets/${String(id)}`)).body).toEqual(created.body)
    expect((await ask('GET', '/v1/droplets/web-1')).body).toEqual(created.body)
    server.time.advance(5)
    const stopped = { id, number, state: 'stopped', changed_at: Number(createdAt) + 5, ports: {} }
    expect((await ask('POST', '/v1/droplets/web-1/stop')).body).toMatchObject(stopped)
    server.time.advance(5)
    expect((await ask('POST', '/v1/droplets/web-1/stop')).body).toMatchObject(stopped)
    const started = await ask('POST', `/v1/droplets/${String(id)}/start`)
    expect(started.body).toMatchObject({ state: 'active', changed_at: Number(createdAt) + 10 })
    expect((await ask('POST', '/v1/droplets/web-1/restart')).body).toMatchObject({ state: 'active' })
    expect((await ask('DELETE', '/v1/droplets/web-1')).status).toBe(204)
    expect((await ask('GET', '/v1/droplets/web-1')).status).toBe(404)
  })

  it('are given a name where none is chosen, and refused one that is taken or none', async () => {
    const { body } = await ask('POST', '/v1/droplets', {})
    expect(body.name).toMatch(/^[a-z]+-[a-z]+/)
    const taken = await ask('POST', '/v1/droplets', { name: body.name })
    expect([taken.status, taken.body.code]).toEqual([409, 'droplet_name_taken'])
    for (const name of ['', '-web', 'web 1', '../web', 'x'.repeat(64), 7]) {
      expect((await ask('POST', '/v1/droplets', { name })).status, JSON.stringify(name)).toBe(400)
    }
    expect((await ask('POST', '/v1/droplets', { name: 'web-2', creator: 'olga' })).status).toBe(400)
  })

  it('are answered for in the driver’s own words where there is none', async () => {
    for (const [method, path] of [
      ['POST', '/v1/droplets/bla/stop'],
      ['POST', '/v1/droplets/bla/start'],
      ['DELETE', '/v1/droplets/bla'],
    ] as const) {
      const { status, body } = await ask(method, path)
      expect([status, body.code]).toEqual([404, 'not_found'])
      expect(body.detail).toContain('Error response from daemon: No such container: bla')
    }
  })

  it('are listed in pages, in the order of creation, by state if one is named', async () => {
    for (const name of ['page-1', 'page-2', 'page-3']) await ask('POST', '/v1/droplets', { name })
    await ask('POST', '/v1/droplets/page-2/stop')
    const whole = (await listed()).droplets
    const walked: Shown[] = []
    let next: string | null = ''
    while (next !== null) {
      const page = await listed(`?limit=2${next && `&cursor=${next}`}`)
      expect(page.droplets.length).toBeLessThanOrEqual(2)
      walked.push(...page.droplets)
      next = page.next
    }
    expect(walked).toEqual(whole)
    expect(whole.map(({ number }) => number)).toEqual(whole.map(({ number }) => number).sort((a, b) => a - b))
    expect((await listed('?state=stopped')).droplets.map(({ name }) => name)).toEqual(['page-2'])
    const { next: cursor } = await listed('?limit=1')
    expect((await ask('GET', `/v1/droplets?state=active&cursor=${cursor}`)).status).toBe(400)
    expect((await ask('GET', '/v1/droplets?cursor=AAAA')).status).toBe(400)
  })

  it('are changed by clients whose role permits it, and read by all', async () => {
    const [machine, reader] = [await server.client({ role: 'manager' }), await server.client({ role: 'viewer' })]
    const as = async ({ client }: typeof machine) => bearer(await server.machineToken(client))
    const created = await ask('POST', '/v1/droplets', { name: 'machined' }, await as(machine))
    expect([created.status, created.body.creator]).toEqual([201, machine.client.name])
    expect((await ask('GET', '/v1/droplets/machined', undefined, await as(reader))).status).toBe(200)
    expect((await ask('POST', '/v1/droplets/machined/stop', undefined, await as(reader))).status).toBe(403)
  })

  it('S12 leave each change in the audit trail, with the caller and the request', async () => {
    const headers = { ...manager, 'x-request-id': 'the-request-of-mary' }
    await ask('POST', '/v1/droplets', { name: 'trailed' }, headers)
    await ask('POST', '/v1/droplets/trailed/stop', undefined, headers)
    await ask('POST', '/v1/droplets/trailed/stop', undefined, headers)
    await ask('DELETE', '/v1/droplets/trailed', undefined, headers)
    const { body } = await ask('GET', '/v1/audit?limit=10', undefined, owner.headers)
    const events = body.events as readonly Record<string, unknown>[]
    const ofDroplets = events.filter(({ action }) => action === 'droplet_changed').slice(0, 3)
    expect(ofDroplets.map(({ detail }) => (detail as Record<string, unknown>).change)).toEqual([
      'remove',
      'stop',
      'add',
    ])
    for (const event of ofDroplets) {
      expect(event).toMatchObject({ actor: { kind: 'user', id: managerId }, request_id: 'the-request-of-mary' })
      expect(event.detail).toMatchObject({ name: 'trailed' })
    }
  })

  it('S12 are not changed where the change cannot be recorded', async () => {
    await ask('POST', '/v1/droplets', { name: 'unrecorded' })
    server.sql("create trigger refuse before insert on audit begin select raise(abort, 'no'); end")
    try {
      const { status, body, headers } = await ask('POST', '/v1/droplets/unrecorded/stop')
      expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '1'])
    } finally {
      server.sql('drop trigger refuse')
    }
    expect((await ask('GET', '/v1/droplets/unrecorded')).body.state).toBe('active')
  })
})
