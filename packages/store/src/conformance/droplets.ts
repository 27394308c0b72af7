import assert from 'node:assert/strict'
import { droplet, start } from './fixtures.ts'
import type { Scenario } from './suite.ts'

export const dropletScenarios = (scenario: Scenario): void => {
  scenario(
    'numbers droplets from 0 in the order of creation and never gives a number twice',
    async ({ store, reopen }) => {
      assert.deepEqual(await store.droplets.insert(droplet(1)), { ...droplet(1), number: 0 })
      assert.deepEqual(await store.droplets.insert(droplet(2, { state: 'stopped', ports: {} })), {
        ...droplet(2, { state: 'stopped', ports: {} }),
        number: 1,
      })
      assert.equal(await store.droplets.remove('d02'), 'removed')
      const after = await reopen()
      assert.deepEqual(await after.droplets.insert(droplet(3)), { ...droplet(3), number: 2 })
      assert.deepEqual(await after.droplets.list(), [
        { ...droplet(1), number: 0 },
        { ...droplet(3), number: 2 },
      ])
      assert.deepEqual(await after.droplets.find(2), { ...droplet(3), number: 2 })
      assert.equal(await after.droplets.find(1), undefined)
    },
  )

  scenario('counts droplets that are kept elsewhere along with its own', async ({ store, reopen }) => {
    const taken = await Promise.all([1, 2, 3].map(() => store.droplets.takeNumber()))
    assert.deepEqual(taken.sort(), [0, 1, 2])
    assert.equal(((await store.droplets.insert(droplet(1))) as { number: number }).number, 3)
    assert.equal(await (await reopen()).droplets.takeNumber(), 4)
  })

  scenario('takes each name of a droplet once, and loses no number over it', async ({ store }) => {
    await store.droplets.insert(droplet(1))
    assert.equal(await store.droplets.insert(droplet(2, { name: 'brave-otter-1' })), 'name_taken')
    const racing = [3, 4, 5].map((n) => store.droplets.insert(droplet(n, { name: 'one-name' })))
    const taken = (await Promise.all(racing)).filter((outcome) => outcome === 'name_taken')
    assert.equal(taken.length, 2)
    assert.deepEqual(
      (await store.droplets.list()).map(({ number }) => number),
      [0, 1],
    )
  })

  scenario('changes and removes a droplet by its id or by its name, an id before a name', async ({ store }) => {
    await store.droplets.insert(droplet(1))
    await store.droplets.insert(droplet(2, { name: 'd01' }))
    assert.equal(await store.droplets.changeState('d01', 'stopped', start + 50, {}), 'changed')
    assert.deepEqual(await store.droplets.find(0), {
      ...droplet(1, { state: 'stopped', changedAt: start + 50, ports: {} }),
      number: 0,
    })
    assert.deepEqual(await store.droplets.find(1), { ...droplet(2, { name: 'd01' }), number: 1 })
    assert.equal(await store.droplets.changeState('bla', 'stopped', start, {}), 'unknown')
    assert.equal(await store.droplets.remove('brave-otter-1'), 'removed')
    assert.equal(await store.droplets.remove('brave-otter-1'), 'unknown')
    assert.equal(await store.droplets.remove('d01'), 'removed')
    assert.deepEqual(await store.droplets.list(), [])
  })
}
