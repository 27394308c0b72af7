// The conformance suite of droplet drivers. A driver's test passes a factory to it.
import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { containerPorts, type Droplet, type DropletChange, type DropletDriver } from '../droplets/droplet.ts'
import { ada } from './memory-inventory.ts'

export interface DriverUnderTest {
  readonly driver: DropletDriver
  /** The changes recorded so far. */
  readonly trail: readonly DropletChange[]
  close(): Promise<void>
}

/** @param open Returns a driver without droplets. */
export const driverSuite = (open: () => Promise<DriverUnderTest>): void => {
  let under: DriverUnderTest
  let driver: DropletDriver
  beforeAll(async () => {
    under = await open()
    driver = under.driver
  })
  afterAll(() => under?.close())

  const emptied = async () => {
    for (const { id } of await driver.list()) await driver.remove(id, ada)
  }
  const only = async (): Promise<Droplet> => {
    const [droplet, ...others] = await driver.list()
    assert.ok(droplet)
    assert.deepEqual(others, [])
    return droplet
  }

  describe('a driver of droplets', () => {
    it('adds a running droplet with three ports, and finds it again by its number', async () => {
      await emptied()
      const added = await driver.add({ name: 'web-1' }, ada)
      assert.equal(added.name, 'web-1')
      assert.equal(added.creator, 'ada')
      assert.equal(added.state, 'active')
      assert.match(added.id, /^[0-9a-f]{12}$/)
      assert.deepEqual(Object.keys(added.ports), [...containerPorts])
      for (const { type, from } of Object.values(added.ports)) {
        assert.equal(type, 'tcp')
        assert.ok(from.port > 0 && from.port <= 65_535, `port ${from.port}`)
      }
      assert.deepEqual(await only(), added)
      assert.deepEqual(await driver.find(added.number), added)
      assert.deepEqual(await driver.get('web-1'), added)
      assert.deepEqual(await driver.get(added.id), added)
      assert.equal(await driver.get('web-2'), undefined)
      assert.equal(await driver.find(added.number + 1), undefined)
    })

    it('stops and starts it by name and by id, and it has ports only while it runs', async () => {
      await emptied()
      const { id, number, createdAt } = await driver.add({ name: 'web' }, ada)
      const stopped = await driver.stop('web', ada)
      assert.deepEqual(await only(), stopped)
      assert.deepEqual([stopped.state, stopped.ports], ['stopped', {}])
      const started = await driver.start(id, ada)
      assert.deepEqual(await only(), started)
      assert.deepEqual([started.state, Object.keys(started.ports).length], ['active', 3])
      const restarted = await driver.restart('web', ada)
      assert.deepEqual(await only(), restarted)
      assert.equal(restarted.state, 'active')
      assert.deepEqual([restarted.id, restarted.number, restarted.createdAt], [id, number, createdAt])
    })

    it('leaves alone what is already as it should be, and restarts what is stopped', async () => {
      await emptied()
      const added = await driver.add({ name: 'web' }, ada)
      assert.deepEqual(await driver.start('web', ada), added)
      assert.deepEqual(await only(), added)
      const stopped = await driver.stop('web', ada)
      assert.deepEqual(await driver.stop('web', ada), stopped)
      assert.deepEqual(await only(), stopped)
      assert.equal((await driver.restart('web', ada)).state, 'active')
    })

    it('removes even what runs, lists by number, and gives no number twice', async () => {
      await emptied()
      const first = await driver.add({}, ada)
      const second = await driver.add({}, ada)
      assert.notEqual(first.name, second.name)
      const numbers = async () => (await driver.list()).map(({ number }) => number)
      assert.deepEqual(await numbers(), [first.number, second.number])
      await driver.remove(second.name, ada)
      assert.deepEqual(await numbers(), [first.number])
      assert.ok((await driver.add({}, ada)).number > second.number)
    })

    it('refuses a name that is taken or is none', async () => {
      await emptied()
      await driver.add({ name: 'web' }, ada)
      await assert.rejects(driver.add({ name: 'web' }, ada), {
        name: 'DropletError',
        code: 'droplet_name_taken',
        message: 'Error response from daemon: Conflict. The container name "/web" is already in use.',
      })
      for (const name of ['', '-web', 'web 1', '../web', 'web\n', 'x'.repeat(64)]) {
        await assert.rejects(driver.add({ name }, ada), { code: 'droplet_name_invalid' })
      }
      assert.equal((await only()).name, 'web')
    })

    it('records each change once, with who asked for it, and nothing where nothing changes', async () => {
      await emptied()
      const from = under.trail.length
      const ben = { ...ada, name: 'ben', requestId: 'request-2' }
      await driver.add({ name: 'web' }, ada)
      await driver.start('web', ada)
      await driver.stop('web', ben)
      await driver.stop('web', ada)
      await driver.start('web', ada)
      await driver.restart('web', ada)
      await assert.rejects(driver.stop('bla', ada))
      await driver.remove('web', ben)
      const recorded = under.trail.slice(from).map(({ action, by }) => [action, by.name, by.requestId])
      assert.deepEqual(recorded, [
        ['add', 'ada', 'request-1'],
        ['stop', 'ben', 'request-2'],
        ['start', 'ada', 'request-1'],
        ['restart', 'ada', 'request-1'],
        ['remove', 'ben', 'request-2'],
      ])
    })

    it("answers for what it does not know in Docker's words", async () => {
      await emptied()
      const message = 'Error response from daemon: No such container: bla'
      for (const act of [driver.stop, driver.restart, driver.remove]) {
        await assert.rejects(act('bla', ada), { name: 'DropletError', code: 'droplet_unknown', message })
      }
      const twoLines = `${message}\nError: failed to start containers: bla`
      await assert.rejects(driver.start('bla', ada), { code: 'droplet_unknown', message: twoLines })
      for (const reference of ['', '..', '/', 'bla?force=1', 'json']) {
        await assert.rejects(driver.remove(reference, ada), { code: 'droplet_unknown' })
      }
    })
  })
}
