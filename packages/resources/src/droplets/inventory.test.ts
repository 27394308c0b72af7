import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { ada, memoryInventory } from '../testing/memory-inventory.ts'
import type { DropletInventory } from './droplet.ts'
import { inventoryDriver } from './inventory.ts'

const start = 1_750_000_000

/** A clock that is moved by hand and bytes that count upwards, or all the same. */
const environment = (bytesAreStuck = false) => {
  let byte = 0
  const time = { now: start }
  const clock = { now: () => time.now }
  const random = {
    bytes: (count: number) => Uint8Array.from({ length: count }, () => (bytesAreStuck ? 7 : byte++ & 0xff)),
  }
  return { time, clock, random }
}

const driverIn = ({ clock, random }: ReturnType<typeof environment>, inventory: DropletInventory = memoryInventory()) =>
  inventoryDriver(inventory, { clock, random })

describe('the inventory driver of droplets', () => {
  it('adds a running droplet with three ports', async () => {
    const driver = driverIn(environment())
    const added = await driver.add({ name: 'web-1' }, ada)
    assert.deepEqual(
      { ...added, id: '', ports: {} },
      {
        ...{ id: '', number: 0, name: 'web-1', state: 'active', creator: 'ada' },
        ...{ createdAt: start, changedAt: start, ports: {} },
      },
    )
    assert.match(added.id, /^[0-9a-f]{12}$/)
    assert.deepEqual(Object.keys(added.ports), ['22', '80', '443'])
    for (const { type, from } of Object.values(added.ports)) {
      assert.equal(type, 'tcp')
      assert.ok(from.port >= 32_768 && from.port <= 65_535)
    }
    assert.deepEqual(await driver.list(), [added])
    assert.deepEqual(await driver.find(0), added)
    assert.equal(await driver.find(1), undefined)
  })

  it('makes a name up where none is given, and another one where that is taken', async () => {
    const driver = driverIn(environment(true))
    const names: string[] = []
    for (let n = 0; n < 2; n++) names.push((await driver.add({}, ada)).name)
    assert.match(names[0] ?? '', /^[a-z]+-[a-z]+$/)
    assert.match(names[1] ?? '', /^[a-z]+-[a-z]+-\d+$/)
    await assert.rejects(driver.add({}, ada), { name: 'DropletError', code: 'droplet_name_taken' })
  })

  it('refuses a name that is taken or is none', async () => {
    const driver = driverIn(environment())
    await driver.add({ name: 'web' }, ada)
    await assert.rejects(driver.add({ name: 'web' }, ada), {
      code: 'droplet_name_taken',
      message: 'Error response from daemon: Conflict. The container name "/web" is already in use.',
    })
    for (const name of ['', '-web', 'web 1', 'wéb', 'web/1', 'web\n', 'x'.repeat(64)]) {
      await assert.rejects(driver.add({ name }, ada), { code: 'droplet_name_invalid' }, JSON.stringify(name))
    }
    await driver.add({ name: 'x'.repeat(63) }, ada)
    assert.equal((await driver.list()).length, 2)
  })

  it('stops, starts and restarts by name or id, and has ports only while it runs', async () => {
    const at = environment()
    const driver = driverIn(at)
    const { id } = await driver.add({ name: 'web' }, ada)
    const shown = async () => {
      const [droplet] = await driver.list()
      return [droplet?.state, (droplet?.changedAt ?? 0) - start, Object.keys(droplet?.ports ?? {}).length]
    }
    at.time.now = start + 10
    await driver.stop('web', ada)
    assert.deepEqual(await shown(), ['stopped', 10, 0])
    at.time.now = start + 20
    await driver.start(id, ada)
    assert.deepEqual(await shown(), ['active', 20, 3])
    at.time.now = start + 30
    await driver.restart('web', ada)
    assert.deepEqual(await shown(), ['active', 30, 3])
  })

  it('leaves alone what is already as it should be', async () => {
    const at = environment()
    const driver = driverIn(at)
    const added = await driver.add({ name: 'web' }, ada)
    at.time.now = start + 10
    await driver.start('web', ada)
    assert.deepEqual(await driver.list(), [added])
    await driver.stop('web', ada)
    at.time.now = start + 20
    await driver.stop('web', ada)
    assert.equal((await driver.list())[0]?.changedAt, start + 10)
  })

  it('restarts what is stopped', async () => {
    const driver = driverIn(environment())
    await driver.add({ name: 'web' }, ada)
    await driver.stop('web', ada)
    await driver.restart('web', ada)
    assert.equal((await driver.list())[0]?.state, 'active')
  })

  it('removes even what runs, and gives no number twice', async () => {
    const driver = driverIn(environment())
    await driver.add({ name: 'web' }, ada)
    await driver.remove('web', ada)
    assert.deepEqual(await driver.list(), [])
    assert.equal((await driver.add({ name: 'web' }, ada)).number, 1)
  })

  it("answers for what it does not know in Docker's words", async () => {
    const driver = driverIn(environment())
    const message = 'Error response from daemon: No such container: bla'
    for (const act of [driver.stop, driver.restart, driver.remove]) {
      await assert.rejects(act('bla', ada), { name: 'DropletError', code: 'droplet_unknown', message })
    }
    const twoLines = `${message}\nError: failed to start containers: bla`
    await assert.rejects(driver.start('bla', ada), { code: 'droplet_unknown', message: twoLines })
  })

  it('rejects with nothing but its own error when the inventory fails, and keeps the cause private', async () => {
    const cause = new Error('database is locked')
    const fail = () => Promise.reject(cause)
    const reads = { list: fail, find: fail, get: fail }
    const broken = { ...reads, takeNumber: fail, record: fail, insert: fail, changeState: fail, remove: fail }
    const driver = driverIn(environment(), broken)
    const calls = [
      () => driver.list(),
      () => driver.find(0),
      () => driver.get('x'),
      () => driver.add({}, ada),
      () => driver.start('x', ada),
      () => driver.stop('x', ada),
      () => driver.restart('x', ada),
      () => driver.remove('x', ada),
    ]
    for (const call of calls) {
      await assert.rejects(call, { name: 'DropletError', code: 'driver_unavailable', cause, message: /right now/ })
    }
  })
})
