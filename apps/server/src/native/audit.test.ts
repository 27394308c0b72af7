import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'

let server: RecordedServer
let owner: Record<string, string>
let ada: { readonly id: string }
let session: { readonly id: string; readonly access: string }
let began: number
beforeAll(async () => {
  server = await startRecordedServer()
  const boss = await server.user('boss', 'owner')
  owner = bearer((await server.session(boss.id)).access)
  ada = await server.user('ada', 'viewer')
  server.time.advance(10)
  began = server.running.authority.clock.now()
  const tokens = await server.session(ada.id)
  session = tokens
  server.time.advance(10)
  const again = await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: tokens.refresh } })
  expect(again.status).toBe(200)
  server.time.advance(10)
  expect((await server.ask('DELETE', `/v1/authorizations/${session.id}`, { headers: owner })).status).toBe(204)
})
afterAll(() => server.close())

interface Event {
  readonly sequence: number
  readonly action: string
}
const list = async (query: string) => {
  const { status, body } = await server.ask('GET', `/v1/audit?${query}`, { headers: owner })
  const events = (body.events ?? []) as Event[]
  return { status, actions: events.map(({ action }) => action), cursor: body.next_cursor }
}

describe('the filters of the audit trail', () => {
  const story = ['authorization_revoked', 'authorization_rotated', 'authorization_created']

  it('N-566 are the subject, the actor, the client, the action and the authorization', async () => {
    expect((await list(`authorization_id=${session.id}`)).actions).toEqual(story)
    expect((await list(`subject=${ada.id}`)).actions).toEqual([...story, 'user_created'])
    expect((await list(`actor=${ada.id}`)).actions).toEqual(story.slice(1))
    expect((await list('action=authorization_rotated')).actions).toEqual(['authorization_rotated'])
    expect((await list(`client_id=countersign&subject=${ada.id}`)).actions).toEqual(story)
    expect((await list('client_id=nobody')).actions).toEqual([])
    expect((await list(`subject=${'0'.repeat(22)}`)).actions).toEqual([])
  })

  it('N-566 are times, the first inclusive and the last exclusive', async () => {
    expect((await list(`from=${began}`)).actions).toEqual(story)
    expect((await list(`from=${began + 1}`)).actions).toEqual(story.slice(0, 2))
    expect((await list(`from=${began}&to=${began + 10}`)).actions).toEqual(['authorization_created'])
    expect((await list(`from=${began}&to=${began + 11}`)).actions).toEqual(story.slice(1))
    expect((await list(`from=${began}&to=${began}`)).actions).toEqual([])
  })

  it('N-566 bind the cursor: it is good for the same ones alone', async () => {
    const query = `authorization_id=${session.id}&limit=1`
    const seen: string[] = []
    let cursor: unknown
    do {
      const page = await list(cursor === undefined ? query : `${query}&cursor=${String(cursor)}`)
      seen.push(...page.actions)
      cursor = page.cursor
    } while (cursor !== null)
    expect(seen).toEqual(story)
    const { cursor: first } = await list(query)
    for (const other of ['limit=1', `subject=${ada.id}`, `${query}&from=0`, `${query}&to=9999999999`]) {
      expect((await list(`${other}&cursor=${String(first)}`)).status).toBe(400)
    }
    const { cursor: unfiltered } = await list('limit=1')
    expect((await list(`${query}&cursor=${String(unfiltered)}`)).status).toBe(400)
    expect((await list(`limit=1&cursor=${String(unfiltered)}`)).status).toBe(200)
  })

  it.each([
    'subject=ada',
    'subject=',
    `subject=${'0'.repeat(22)}&subject=${'1'.repeat(22)}`,
    'actor=0068F2A0F55A1C0B9E8D7C',
    'action=drop%20table',
    'client_id=a%00b',
    'authorization_id=1',
    'from=yesterday',
    'from=-1',
    'to=1e99',
    'to=253402300800',
    'until=5',
  ])('are refused where they are none: %s', async (query) => {
    expect((await list(query)).status).toBe(400)
  })
})

describe('the numbers about the trail', () => {
  it('N-564 tell how many entries are too old and were never exported', async () => {
    const overdue = async () => {
      const { text } = await server.ask('GET', '/metrics', {})
      return /^countersign_audit_overdue_entries (\d+)$/m.exec(text)?.[1]
    }
    const { authority } = server.running
    expect(await overdue()).toBe('0')
    const entries = server.sql('SELECT sequence FROM audit').length
    server.time.advance(400 * 86_400)
    expect(await overdue()).toBe(`${entries - 1}`)
    await authority.auditKeeping.tidy()
    expect(server.sql('SELECT sequence FROM audit').length).toBe(entries)
    expect(server.sql('SELECT sequence FROM rotations').length).toBe(1)
  })
})
