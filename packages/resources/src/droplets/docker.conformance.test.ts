import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterAll, describe, it } from 'vitest'
import { driverSuite } from '../testing/driver-suite.ts'
import { ada, memoryInventory } from '../testing/memory-inventory.ts'
import { type Engine, podman } from '../testing/podman.ts'
import { dockerDriver } from './docker.ts'

const random = { bytes: randomBytes }
const clock = { now: () => 1_750_000_000 }
const found = await podman()
const title = 'the docker driver on a real engine'

describe.skipIf('missing' in found)('missing' in found ? `${title} (${found.missing})` : title, () => {
  const engine = found as Engine
  const driverFor = (realm: string, image = engine.image, journal = memoryInventory()) =>
    dockerDriver({ socket: engine.socket, image, realm }, { journal, clock, random })

  afterAll(() => engine.close())

  driverSuite(async () => {
    const journal = memoryInventory()
    const driver = driverFor('https://one.example', engine.image, journal)
    return { driver, trail: journal.trail, close: async () => undefined }
  })

  it('touches no container that is not its own, by name or by id', async () => {
    const stranger = await engine.runStranger('stranger')
    const theirs = await driverFor('https://two.example').add({ name: 'theirs' }, ada)
    const driver = driverFor('https://three.example')
    assert.deepEqual(await driver.list(), [])
    for (const reference of ['stranger', stranger, stranger.slice(0, 12), 'theirs', theirs.id]) {
      for (const act of [driver.start, driver.stop, driver.restart, driver.remove]) {
        await assert.rejects(act(reference, ada), { code: 'droplet_unknown' })
      }
    }
    assert.equal(await engine.isRunning(stranger), true)
    assert.equal(await engine.isRunning(theirs.id), true)
    await assert.rejects(driver.add({ name: 'stranger' }, ada), { code: 'droplet_name_taken' })
  })

  it("passes the engine's own words on where the image is not there, and leaves nothing behind", async () => {
    const driver = driverFor('https://four.example', 'countersign.test/missing:1')
    await assert.rejects(driver.add({}, ada), {
      name: 'DropletError',
      code: 'driver_failed',
      message: /^Error response from daemon: .*countersign\.test\/missing:1/,
    })
    assert.deepEqual(await driver.list(), [])
  })
})
