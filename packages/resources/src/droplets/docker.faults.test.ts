import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { afterEach, describe, it } from 'vitest'
import { type FaultEngine, httpAnswer, startFaultEngine } from '../testing/fault-engine.ts'
import { ada, memoryInventory } from '../testing/memory-inventory.ts'
import { type DockerDriverOptions, dockerDriver } from './docker.ts'
import type { DropletJournal } from './droplet.ts'
import { TurnstileError } from './turnstile.ts'

let engine: FaultEngine | undefined
afterEach(async () => {
  await engine?.close()
  engine = undefined
})

const driverOn = (
  socket: string,
  options: Partial<DockerDriverOptions> = {},
  journal: DropletJournal = memoryInventory(),
) =>
  dockerDriver(
    { socket, image: 'droplet', realm: 'https://one.example', timeoutMilliseconds: 300, ...options },
    { journal, clock: { now: () => 1_750_000_000 }, random: { bytes: randomBytes } },
  )

const facing = async (answer: (socket: Socket, request: string) => void, options?: Partial<DockerDriverOptions>) => {
  engine = await startFaultEngine(answer)
  return { engine, driver: driverOn(engine.socket, options) }
}

const unavailable = {
  name: 'DropletError',
  code: 'driver_unavailable',
  message: 'The droplets cannot be reached right now.',
}

describe('the docker driver and an engine that fails', () => {
  it('is unavailable where there is no engine', async () => {
    const driver = driverOn('/nowhere/engine.sock')
    for (const call of [
      () => driver.list(),
      () => driver.find(0),
      () => driver.add({}, ada),
      () => driver.start('web', ada),
      () => driver.stop('web', ada),
      () => driver.restart('web', ada),
      () => driver.remove('web', ada),
    ]) {
      await assert.rejects(call, unavailable)
    }
  })

  it('gives an engine up that never answers, and closes the connection', async () => {
    const { driver, engine } = await facing(() => undefined)
    await assert.rejects(driver.list(), unavailable)
    await assert.rejects(driver.add({}, ada), unavailable)
    assert.equal(engine.connections(), 2)
    await assert.doesNotReject(untilTrue(() => engine.open() === 0))
  })

  it('gives an engine up that stops in the middle of its answer', async () => {
    const { driver } = await facing((socket) => socket.write(httpAnswer(200, '[]    ').slice(0, -3)))
    await assert.rejects(driver.list(), unavailable)
  })

  it('survives an engine that hangs up, before an answer and in the middle of one', async () => {
    const { driver } = await facing((socket, request) => {
      if (request.startsWith('GET')) socket.write(httpAnswer(200, '[]    ').slice(0, -3), () => socket.destroy())
      else socket.destroy()
    })
    await assert.rejects(driver.list(), unavailable)
    await assert.rejects(driver.add({}, ada), unavailable)
  })

  it("passes an engine's refusal on in its own words, on one line and not endless", async () => {
    const body = JSON.stringify({ message: `disk\n\u001b[31m full${'!'.repeat(1000)}` })
    const { driver } = await facing((socket) => socket.write(httpAnswer(500, body)))
    await assert.rejects(driver.list(), (error: Error & { code: string }) => {
      assert.equal(error.code, 'driver_failed')
      assert.match(error.message, /^Error response from daemon: disk \[31m full!+$/)
      assert.ok(error.message.length < 600)
      return true
    })
  })

  it('fails in an orderly way on answers that are none', async () => {
    for (const body of ['', 'null', '{}', '"x"', '[null]', '[{"Id":"../x"}]', '<html>']) {
      const { driver, engine } = await facing((socket) => socket.write(httpAnswer(200, body)))
      await assert.rejects(driver.list(), { name: 'DropletError', code: 'driver_failed' }, body)
      await engine.close()
    }
  })

  it('sends a hanging engine a limited number of requests at a time, and refuses further ones when the queue is full', async () => {
    const { driver, engine } = await facing(() => undefined, { concurrency: 2, waiting: 3 })
    const calls = Array.from({ length: 10 }, () => driver.list())
    const began = performance.now()
    const outcomes = await Promise.allSettled(calls)
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    // Two were inside and three in the line; of these some may still have taken a place that its holder gave up.
    const turnedAway = outcomes.filter((it) => it.status === 'rejected' && it.reason.cause instanceof TurnstileError)
    assert.equal(turnedAway.length, 5)
    assert.ok(engine.connections() >= 2 && engine.connections() <= 5)
    // Waiting in line is part of the time that an operation has.
    assert.ok(performance.now() - began < 5000)
  })

  it('requests nothing from the engine that cannot be recorded', async () => {
    const cause = new Error('disk full')
    const journal = {
      ...memoryInventory(),
      takeNumber: () => Promise.reject(cause),
      record: () => Promise.reject(cause),
    }
    const container = [{ Id: '4fa6e0f0c678', Names: ['/web'], State: 'running' }]
    const asked: string[] = []
    engine = await startFaultEngine((socket, request) => {
      asked.push(request.slice(0, 4))
      socket.write(httpAnswer(200, JSON.stringify(container)))
    })
    const driver = driverOn(engine.socket, {}, journal)
    for (const change of [
      () => driver.add({ name: 'web' }, ada),
      () => driver.stop('web', ada),
      () => driver.restart('web', ada),
      () => driver.remove('web', ada),
    ]) {
      await assert.rejects(change, { ...unavailable, cause })
    }
    assert.deepEqual(new Set(asked), new Set(['GET ']))
  })

  it('serves again as soon as the engine does', async () => {
    let well = false
    const { driver } = await facing((socket) => well && socket.write(httpAnswer(200, '[]')), { concurrency: 1 })
    await assert.rejects(driver.list(), unavailable)
    well = true
    assert.deepEqual(await driver.list(), [])
  })
})

const untilTrue = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
