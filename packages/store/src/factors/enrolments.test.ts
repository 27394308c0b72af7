import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { describe, it } from 'vitest'
import { enrolment, event, user } from '../conformance/scenario/fixtures.ts'
import { openStore } from '../open/open.ts'
import { temporaryFolder } from '../testing/folder.ts'

describe('a wrong TOTP code', () => {
  it('I9 costs as many bytes on the disk for an unknown user as for one with a secret', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const store = await openStore({ path })
    await store.users.create(user(1), event('user_created'))
    await store.enrolments.put(enrolment(1), event('factors_changed'))
    const growth = async (userId: string): Promise<number> => {
      const before = statSync(`${path}-wal`).size
      await store.enrolments.countFailure(userId)
      return statSync(`${path}-wal`).size - before
    }
    const real = await growth('user-1')
    assert.ok(real > 0)
    assert.equal(await growth('user-9'), real)
    assert.equal(await growth(''), real)
    await store.close()
  })
})
