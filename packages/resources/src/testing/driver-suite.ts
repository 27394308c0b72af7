// What every driver of droplets must do, whatever runs behind it. A driver's test says how to make one, and imports this.
import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { containerPorts, type Droplet, type DropletDriver } from '../droplets/droplet.ts'

export interface DriverUnderTest {
  readonly driver: DropletDriver
  close(): Promise<void>
}

/** @param open A driver without droplets. */
export const driverSuite = (open: () => Promise<DriverUnderTest>): void => {
  let under: DriverUnderTest
  let driver: DropletDriver
  beforeAll(async () => {
    under = await open()
    driver = under.driver
  })
  afterAll(() => under?.close())

  const emptied = async () => {
    for (const { id } of await driver.list()) await driver.remove(id)
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
      const added = await driver.add({ name: 'web-1', creator: 'ada' })
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
      assert.equal(await driver.find(added.number + 1), undefined)
    })

    it('stops and starts it by name and by id, and it has ports only while it runs', async () => {
      await emptied()
      const { id, number, createdAt } = await driver.add({ name: 'web', creator: 'ada' })
      await driver.stop('web')
      const stopped = await only()
      assert.deepEqual([stopped.state, stopped.ports], ['stopped', {}])
      await driver.start(id)
      const started = await only()
      assert.deepEqual([started.state, Object.keys(started.ports).length], ['active', 3])
      await driver.restart('web')
      const restarted = await only()
      assert.equal(restarted.state, 'active')
      assert.deepEqual([restarted.id, restarted.number, restarted.createdAt], [id, number, createdAt])
    })

    it('leaves alone what is already as it should be, and restarts what is stopped', async () => {
      await emptied()
      const added = await driver.add({ name: 'web', creator: 'ada' })
      await driver.start('web')
      assert.deepEqual(await only(), added)
      await driver.stop('web')
      const stopped = await only()
      await driver.stop('web')
      assert.deepEqual(await only(), stopped)
      await driver.restart('web')
      assert.equal((await only()).state, 'active')
    })

    it('removes even what runs, lists by number, and gives no number twice', async () => {
      await emptied()
      const first = await driver.add({ creator: 'ada' })
      const second = await driver.add({ creator: 'ben' })
      assert.notEqual(first.name, second.name)
      const numbers = async () => (await driver.list()).map(({ number }) => number)
      assert.deepEqual(await numbers(), [first.number, second.number])
      await driver.remove(second.name)
      assert.deepEqual(await numbers(), [first.number])
      assert.ok((await driver.add({ creator: 'ada' })).number > second.number)
    })

    it('refuses a name that is taken or is none', async () => {
      await emptied()
      await driver.add({ name: 'web', creator: 'ada' })
      await assert.rejects(driver.add({ name: 'web', creator: 'ada' }), {
        name: 'DropletError',
        code: 'droplet_name_taken',
        message: 'Error response from daemon: Conflict. The container name "/web" is already in use.',
      })
      for (const name of ['', '-web', 'web 1', '../web', 'web\n', 'x'.repeat(64)]) {
        await assert.rejects(driver.add({ name, creator: 'ada' }), { code: 'droplet_name_invalid' })
      }
      assert.equal((await only()).name, 'web')
    })

    it("answers for what it does not know in Docker's words", async () => {
      await emptied()
      const message = 'Error response from daemon: No such container: bla'
      for (const act of [driver.stop, driver.restart, driver.remove]) {
        await assert.rejects(act('bla'), { name: 'DropletError', code: 'droplet_unknown', message })
      }
      const twoLines = `${message}\nError: failed to start containers: bla`
      await assert.rejects(driver.start('bla'), { code: 'droplet_unknown', message: twoLines })
      for (const reference of ['', '..', '/', 'bla?force=1', 'json']) {
        await assert.rejects(driver.remove(reference), { code: 'droplet_unknown' })
      }
    })
  })
}
