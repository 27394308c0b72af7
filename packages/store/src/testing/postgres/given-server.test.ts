import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseAddress } from '../../engine/postgres/address.ts'
import { type Cluster, serverPrograms, startCluster } from './cluster.ts'
import { DatabaseClient, GivenServer, requireNoPassword } from './given-server.ts'

const programs = serverPrograms()
let cluster: Cluster
beforeAll(async () => {
  if ('missing' in programs) return
  cluster = await startCluster()
  cluster.run('create role maker createdb login', 'create role guest login')
})
afterAll(() => cluster?.[Symbol.asyncDispose]())
beforeEach((context) => {
  if ('missing' in programs) context.skip(programs.missing)
})

const urlAs = (role: string): string => cluster.url('postgres').replace('postgres@', `${role}@`)
const databases = (): readonly string[] =>
  cluster.run("select datname from pg_database where datname like 'given_%' order by datname").split('\n')

describe('a server that somebody else runs', () => {
  it('has databases made by a role without other rights, and dropped at the end', async () => {
    const server = await GivenServer.open(urlAs('maker'))
    const [one, other] = [await server.database('given'), await server.database('given')]
    expect(databases()).toEqual([one.name, other.name].sort())
    const client = new DatabaseClient(one.url)
    expect(await client.rows('select current_database() as name, current_user as asks, 7::bigint as number')).toEqual([
      { name: one.name, asks: 'maker', number: 7 },
    ])
    await client[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    expect(databases()).toEqual([''])
  })

  it('keeps the databases that somebody wants to look at', async () => {
    const server = await GivenServer.open(urlAs('maker'))
    const { name } = await server.database('given')
    server.keep()
    await server[Symbol.asyncDispose]()
    expect(databases()).toEqual([name])
    cluster.run(`drop database ${name}`)
  })

  it('says why no database can be made there', async () => {
    await using server = await GivenServer.open(urlAs('guest'))
    await expect(server.database('given')).rejects.toMatchObject({
      name: 'StoreOpenError',
      message: `no database can be made on ${server.label}: permission denied to create database (SQLSTATE 42501)`,
    })
  })

  it('says why it cannot be used', async () => {
    await expect(GivenServer.open(urlAs('nobody'))).rejects.toMatchObject({
      name: 'StoreOpenError',
      message: expect.stringMatching(/ cannot be used: role "nobody" does not exist/),
    })
  })

  it('names a database that cannot be dropped, since a program is still connected', async () => {
    const server = await GivenServer.open(urlAs('maker'))
    const { name, url } = await server.database('given')
    const client = new DatabaseClient(url)
    await client.rows('select 1')
    await expect(server[Symbol.asyncDispose]()).rejects.toMatchObject({
      message: expect.stringContaining(`${name} cannot be dropped on ${server.label}: `),
    })
    await client[Symbol.asyncDispose]()
    cluster.run(`drop database ${name}`)
  }, 30_000)
})

describe('the URL of a server that somebody else runs', () => {
  it('is given on with everything that a program finds nowhere else', async () => {
    const password = process.env.PGPASSWORD
    process.env.PGPASSWORD = 'a&b/c'
    try {
      await using server = await GivenServer.open(`${urlAs('maker')}&pool_size=3&sslmode=disable`)
      const { name, url } = await server.database('given')
      const address = parseAddress(url)
      expect(address).toMatchObject({ user: 'maker', password: 'a&b/c', database: name })
      expect(address.hosts).toEqual([{ name: cluster.socket, port: cluster.port }])
      expect(address.parameters.get('pool_size')).toBe('3')
      expect(server.label).not.toContain('a&b/c')
    } finally {
      if (password === undefined) delete process.env.PGPASSWORD
      else process.env.PGPASSWORD = password
    }
  })

  it.each([
    ['postgres://me:hunter2@h/d', 'must not contain a password: use PGPASSWORD'],
    ['postgres://h/d?password=hunter2', 'must not contain a password: use PGPASSWORD'],
    ['postgres://h/d?%70assword=hunter2', 'must not contain a password: use PGPASSWORD'],
    ['mysql://me:hunter2@h/d', 'has to be postgres://'],
  ])('is refused where other users could read a password: %s', (url, message) => {
    const refuse = () => requireNoPassword(url)
    expect(refuse).toThrow(TypeError)
    expect(refuse).toThrow(message)
    expect(refuse).not.toThrow('hunter2')
  })
})
