import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { initializeFolder, run } from '../testing/run-program.ts'

const issuer = 'http://127.0.0.1:4300'
const orders = 'https://orders.example'
const stock = 'https://stock.example'

let folder: string
let data: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-clients-'))
  data = join(folder, 'data')
  await initializeFolder(data)
  const readAndWrite = ['--scope', 'orders:read See orders.', '--scope', 'orders:write=manager Change orders.']
  await at('apis', 'add', orders, '--name', 'Orders', ...readAndWrite)
  await at('apis', 'add', stock, '--name', 'Stock', '--scope', 'stock:read See the stock.')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** On the shared data folder. */
const at = (...args: string[]) => run([...args, '--data', data])
const inFolder = () => `data folder: ${data}\n`

let created = 0
const create = (...args: string[]) => at('create-client', '--name', `client ${++created}`, '--json', ...args)

describe('create-client --api', () => {
  it('gives each API the names of the list that it has', async () => {
    const { status, out, err } = await create('--api', orders, '--api', stock, '--scope', 'stock:read orders:read')
    expect({ status, err }).toEqual({ status: 0, err: inFolder() })
    expect(JSON.parse(out)).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f]{22}$/),
      client_secret: expect.stringMatching(/^cs_key_/),
      scope: '',
      apis: [
        { identifier: orders, scope: 'orders:read', may_act: false },
        { identifier: stock, scope: 'stock:read', may_act: false },
      ],
    })
  })

  it('leaves a client without it to this server alone', async () => {
    const { out, err } = await create()
    expect(Object.keys(JSON.parse(out) as object)).toEqual(['client_id', 'client_secret'])
    expect(err).toBe(inFolder())
  })

  it('is implied by --may-act', async () => {
    const { out } = await create('--audience', orders, '--may-act', stock, '--scope', 'stock:read')
    expect(JSON.parse(out)).toMatchObject({ apis: [{ identifier: stock, scope: 'stock:read', may_act: true }] })
  })

  it('names this server too, with "read write" unless a scope is given', async () => {
    const all = await create('--api', issuer, '--api', orders)
    expect(JSON.parse(all.out)).toMatchObject({ scope: 'read write', apis: [{ identifier: orders, scope: '' }] })
    expect(all.err).toBe(`${inFolder()}The client has no scope of ${orders}: --scope names some.\n`)
    const some = await create('--api', issuer, '--api', orders, '--scope', 'read', '--scope', 'orders:read')
    expect(JSON.parse(some.out)).toMatchObject({ scope: 'read', apis: [{ scope: 'orders:read' }] })
  })

  it('says when the client has no scope of an API', async () => {
    const { status, err } = await create('--api', orders, '--api', stock, '--scope', 'orders:read')
    expect({ status, err }).toEqual({
      status: 0,
      err: `${inFolder()}The client has no scope of ${stock}: --scope names some.\n`,
    })
  })

  it('refuses a scope that none of the APIs has, and names theirs', async () => {
    expect(await create('--api', stock, '--scope', 'stock:read orders:read')).toEqual({
      status: 1,
      out: '',
      err: `countersign: none of the APIs has the scope "orders:read". Their scopes are ${stock}: stock:read\n`,
    })
  })

  it('refuses an API that is not registered', async () => {
    const { status, err } = await create('--api', 'https://none.example')
    expect(status).toBe(1)
    expect(err).toBe('countersign: there is no API https://none.example: "countersign apis add" registers one\n')
  })

  it('refuses a client that may act at this server', async () => {
    expect(await create('--may-act', issuer)).toMatchObject({
      status: 1,
      err: 'countersign: --may-act cannot be this server\n',
    })
  })

  it.each([
    [['--scope', 'orders:read'], '--scope goes with --api or --may-act'],
    [['--api', 'orders'], '--api and --may-act are absolute URIs, at most 64 of them'],
    [['--may-act', 'with space'], '--api and --may-act are absolute URIs, at most 64 of them'],
  ])('is bad usage with %j', async (args, words) => {
    const { status, err } = await create(...args)
    expect(status).toBe(2)
    expect(err).toContain(`countersign: ${words}\n`)
  })
})

describe('create-client --audience', () => {
  it('says when no API of that identifier is registered', async () => {
    const { status, err } = await create('--audience', orders, '--audience', 'https://none.example')
    const note = 'No API has the identifier https://none.example, so there are no tokens for it: see "apis add".\n'
    expect({ status, err }).toEqual({ status: 0, err: inFolder() + note })
  })

  it('says nothing of an API that is registered, nor of this server', async () => {
    expect((await create('--audience', orders, '--audience', issuer)).err).toBe(inFolder())
  })
})
