import assert from 'node:assert/strict'
import { droplet, dropletChange, event, start, trail } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const add = dropletChange('add')
const remove = dropletChange('remove')
const unnamed = { name: undefined }
const stopped = { state: 'stopped', ports: {} } as const

export const dropletScenarios = (scenario: Scenario): void => {
  scenario(
    'numbers droplets from 0 in the order of creation and never gives a number twice',
    async ({ store, reopen }) => {
      assert.deepEqual(await store.droplets.insert(droplet(1), add), { ...droplet(1), number: 0 })
      assert.deepEqual(await store.droplets.insert(droplet(2, { state: 'stopped', ports: {} }), add), {
        ...droplet(2, { state: 'stopped', ports: {} }),
        number: 1,
      })
      assert.equal(await store.droplets.remove('d02', remove), 'removed')
      const after = await reopen()
      assert.deepEqual(await after.droplets.insert(droplet(3), add), { ...droplet(3), number: 2 })
      assert.deepEqual(await after.droplets.list(), [
        { ...droplet(1), number: 0 },
        { ...droplet(3), number: 2 },
      ])
      assert.deepEqual(await after.droplets.find(2), { ...droplet(3), number: 2 })
      assert.equal(await after.droplets.find(1), undefined)
    },
  )

  scenario('counts droplets that are kept elsewhere along with its own', async ({ store, reopen }) => {
    const taken = await Promise.all([1, 2, 3].map(() => store.droplets.takeNumber(unnamed, add)))
    assert.deepEqual(taken.sort(), [0, 1, 2])
    assert.equal(((await store.droplets.insert(droplet(1), add)) as { number: number }).number, 3)
    assert.equal(await (await reopen()).droplets.takeNumber(unnamed, add), 4)
  })

  scenario('takes each name of a droplet once, and loses no number over it', async ({ store }) => {
    await store.droplets.insert(droplet(1), add)
    assert.equal(await store.droplets.insert(droplet(2, { name: 'brave-otter-1' }), add), 'name_taken')
    const racing = [3, 4, 5].map((n) => store.droplets.insert(droplet(n, { name: 'one-name' }), add))
    const taken = (await Promise.all(racing)).filter((outcome) => outcome === 'name_taken')
    assert.equal(taken.length, 2)
    assert.deepEqual(
      (await store.droplets.list()).map(({ number }) => number),
      [0, 1],
    )
  })

  scenario('changes and removes a droplet by its id or by its name, an id before a name', async ({ store }) => {
    await store.droplets.insert(droplet(1), add)
    await store.droplets.insert(droplet(2, { name: 'd01' }), add)
    const changed = { ...droplet(1, { state: 'stopped', changedAt: start + 50, ports: {} }), number: 0 }
    const later = { ...dropletChange('stop'), at: start + 50 }
    assert.deepEqual(await store.droplets.changeState('d01', stopped, later), changed)
    assert.deepEqual(await store.droplets.find(0), changed)
    assert.deepEqual(await store.droplets.find(1), { ...droplet(2, { name: 'd01' }), number: 1 })
    assert.deepEqual((await store.droplets.get('d01'))?.number, 0)
    assert.deepEqual(await store.droplets.get('brave-otter-1'), await store.droplets.find(0))
    assert.equal(await store.droplets.get('bla'), undefined)
    assert.equal(await store.droplets.changeState('bla', stopped, dropletChange('stop')), 'unknown')
    assert.equal(await store.droplets.remove('brave-otter-1', remove), 'removed')
    assert.equal(await store.droplets.remove('brave-otter-1', remove), 'unknown')
    assert.equal(await store.droplets.remove('d01', remove), 'removed')
    assert.deepEqual(await store.droplets.list(), [])
  })

  scenario('records each change of a droplet beside it, and nothing where nothing changed', async ({ store }) => {
    await store.droplets.insert(droplet(1), add)
    await store.droplets.insert(droplet(1), add)
    await store.droplets.changeState('brave-otter-1', stopped, dropletChange('stop'))
    await store.droplets.changeState('bla', stopped, dropletChange('stop'))
    await store.droplets.takeNumber({ name: 'elsewhere' }, add)
    await store.droplets.takeNumber(unnamed, add)
    await store.droplets.record({ id: 'd07', name: 'elsewhere' }, dropletChange('restart'))
    await store.droplets.remove('d01', remove)
    await store.droplets.remove('d01', remove)
    const { actor, address, requestId } = event('droplet_changed')
    const recorded = { at: start, action: 'droplet_changed', actor, address, requestId }
    const known = { droplet: 'd01', name: 'brave-otter-1', number: 0 }
    assert.deepEqual(await store.audit.list({ limit: 10 }), [
      { sequence: 6, ...recorded, detail: { change: 'remove', ...known } },
      { sequence: 5, ...recorded, detail: { change: 'restart', asked: true, droplet: 'd07', name: 'elsewhere' } },
      { sequence: 4, ...recorded, detail: { change: 'add', asked: true, number: 2 } },
      { sequence: 3, ...recorded, detail: { change: 'add', asked: true, name: 'elsewhere', number: 1 } },
      { sequence: 2, ...recorded, detail: { change: 'stop', ...known } },
      { sequence: 1, ...recorded, detail: { change: 'add', ...known } },
    ])
  })

  scenario('S12 changes no droplet where the change cannot be recorded', async ({ store, inject }) => {
    await store.droplets.insert(droplet(1), add)
    const mend = await inject({ table: 'audit', on: 'insert' })
    for (const change of [
      () => store.droplets.insert(droplet(2), add),
      () => store.droplets.changeState('d01', stopped, dropletChange('stop')),
      () => store.droplets.remove('d01', remove),
      () => store.droplets.takeNumber(unnamed, add),
      () => store.droplets.record({ id: 'd01', name: 'brave-otter-1' }, remove),
    ]) {
      await assert.rejects(change, { name: 'StoreError' })
    }
    await mend()
    assert.deepEqual(await store.droplets.list(), [{ ...droplet(1), number: 0 }])
    assert.deepEqual(await trail(store), { droplet_changed: 1 })
    assert.equal(await store.droplets.takeNumber(unnamed, add), 1)
  })
}
