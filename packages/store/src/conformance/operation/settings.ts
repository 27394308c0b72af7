import assert from 'node:assert/strict'
import { mostRecentFiles } from '@countersign/resources'
import { event, recentFile, start, trail, user } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

export const settingScenarios = (scenario: Scenario): void => {
  const changed = event('setting_changed')

  scenario('gives back settings by name and by prefix, the last value of each', async ({ store, reopen }) => {
    await store.settings.put('efa.ACCESS', 900, changed)
    await store.settings.put('efa.REFRESH', 253_402_300_799, changed)
    await store.settings.put('EFA.other', 1, changed)
    await store.settings.put('efa_', 2, changed)
    await store.settings.put('efa.ACCESS', 0, changed)
    const after = await reopen()
    assert.equal(await after.settings.get('efa.ACCESS'), 0)
    assert.equal(await after.settings.get('efa.access'), undefined)
    assert.deepEqual(
      await after.settings.list('efa.'),
      new Map([
        ['efa.ACCESS', 0],
        ['efa.REFRESH', 253_402_300_799],
      ]),
    )
    // No character of a prefix stands for another.
    assert.deepEqual(await after.settings.list('efa_'), new Map([['efa_', 2]]))
    assert.deepEqual(await after.settings.list('%'), new Map())
    assert.equal((await after.settings.list('')).size, 4)
    assert.equal((await trail(after)).setting_changed, 5)
  })
}

export const recentFileScenarios = (scenario: Scenario): void => {
  scenario('remembers the files of each user, newest first, with every field', async ({ store, reopen }) => {
    for (const n of [1, 2]) await store.users.create(user(n), event('user_created'))
    for (const n of [2, 1, 3]) await store.recentFiles.record('user-1', recentFile(n))
    await store.recentFiles.record('user-2', recentFile(9))
    const after = await reopen()
    assert.deepEqual(await after.recentFiles.list('user-1'), [recentFile(3), recentFile(2), recentFile(1)])
    assert.deepEqual(await after.recentFiles.list('user-2'), [recentFile(9)])
    assert.deepEqual(await after.recentFiles.list('user-9'), [])
    await assert.rejects(store.recentFiles.record('user-9', recentFile(1)), { name: 'StoreError' })
  })

  scenario('moves a file that is seen again to the front, and none back for a late report', async ({ store }) => {
    await store.users.create(user(1), event('user_created'))
    for (const n of [1, 2, 3]) await store.recentFiles.record('user-1', recentFile(n))
    const again = recentFile(1, { seenAtMilliseconds: (start + 1) * 1000, revision: 'r9', name: 'renamed.ts' })
    await store.recentFiles.record('user-1', again)
    await store.recentFiles.record('user-1', recentFile(1))
    assert.deepEqual(await store.recentFiles.list('user-1'), [again, recentFile(3), recentFile(2)])
    // Another path in the same place is another file, and so is the same path in another place.
    const path = recentFile(1, { path: '/other.ts', seenAtMilliseconds: start * 1000 })
    const place = recentFile(1, { id: 'other', seenAtMilliseconds: start * 1000 - 1 })
    for (const file of [path, place]) await store.recentFiles.record('user-1', file)
    assert.deepEqual((await store.recentFiles.list('user-1')).slice(3), [path, place])
  })

  scenario('forgets the oldest of more files than it remembers, of that user alone', async ({ store }) => {
    for (const n of [1, 2]) await store.users.create(user(n), event('user_created'))
    await store.recentFiles.record('user-2', recentFile(0))
    const numbers = Array.from({ length: mostRecentFiles + 20 }, (_, n) => n)
    await Promise.all(numbers.map((n) => store.recentFiles.record('user-1', recentFile(n))))
    const kept = numbers.slice(20).reverse()
    assert.deepEqual(
      await store.recentFiles.list('user-1'),
      kept.map((n) => recentFile(n)),
    )
    assert.deepEqual(await store.recentFiles.list('user-2'), [recentFile(0)])
  })
}
