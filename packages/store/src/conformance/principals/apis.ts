import assert from 'node:assert/strict'
import { api, event, idOf, session, standing, start, trail, user, withPrincipals } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const created = event('api_created')
const changed = event('api_changed')
const deleted = event('api_deleted')

export const apiScenarios = (scenario: Scenario): void => {
  scenario('keeps every field of an API, and finds it by id and by its exact identifier', async ({ store, reopen }) => {
    const minimal = api(2, {
      tokenForm: undefined,
      accessLifetimeSeconds: undefined,
      allowedOrigins: [],
      scopes: [],
      firstParty: false,
    })
    for (const one of [api(1), minimal]) assert.equal(await store.apis.create(one, created), 'created')
    const after = await reopen()
    assert.deepEqual(await after.apis.find('api-1'), api(1))
    assert.deepEqual(await after.apis.findByIdentifier('https://api-2.example'), minimal)
    for (const other of ['https://api-2.example/', 'https://API-2.example', '']) {
      assert.equal(await after.apis.findByIdentifier(other), undefined)
    }
    assert.equal((await trail(after)).api_created, 2)
  })

  scenario('registers an identifier once, also for 100 callers at once', async ({ store }) => {
    const callers = Array.from({ length: 100 }, (_, n) =>
      store.apis.create(api(n, { identifier: 'https://api.example' }), created),
    )
    const outcomes = await Promise.all(callers)
    assert.deepEqual(
      outcomes.filter((outcome) => outcome !== 'identifier_taken'),
      ['created'],
    )
    assert.equal((await trail(store)).api_created, 1)
  })

  scenario('lists APIs in the order of creation, page by page, and the origins of all', async ({ store }) => {
    const made = ['m', 'z', 'a'].map((id, n) => api(n, { id, createdAt: start - n }))
    for (const one of made) await store.apis.create(one, created)
    assert.deepEqual(await store.apis.list({ limit: 2 }), { apis: made.slice(0, 2), next: 'z' })
    assert.deepEqual(await store.apis.list({ limit: 2, after: 'z' }), { apis: made.slice(2), next: undefined })
    await store.apis.change('a', { allowedOrigins: ['https://app-0.example', 'https://b.example'] }, changed)
    assert.deepEqual([...(await store.apis.listOrigins())].sort(), [
      'https://app-0.example',
      'https://app-1.example',
      'https://b.example',
    ])
  })

  scenario('changes what is given and leaves the rest, also by several callers at once', async ({ store }) => {
    await store.apis.create(api(1), created)
    await Promise.all([
      store.apis.change('api-1', { name: 'Renamed' }, changed),
      store.apis.change('api-1', { firstParty: false, accessLifetimeSeconds: undefined }, changed),
      store.apis.change('api-1', { tokenType: 'at+jwt', tokenForm: 'jwt', scopes: [] }, changed),
      store.apis.change('api-1', { allowedOrigins: [] }, changed),
    ])
    assert.deepEqual(
      await store.apis.find('api-1'),
      api(1, {
        name: 'Renamed',
        firstParty: false,
        accessLifetimeSeconds: undefined,
        tokenType: 'at+jwt',
        tokenForm: 'jwt',
        scopes: [],
        allowedOrigins: [],
      }),
    )
    assert.equal(await store.apis.change('api-9', { name: 'None' }, changed), 'unknown')
    assert.equal((await trail(store)).api_changed, 4)
  })

  scenario('I3 removing an API revokes what was for it alone, and nothing else', async ({ store }) => {
    await withPrincipals(store)
    await store.users.create(user(2), event('user_created'))
    for (const one of [api(1), api(2)]) await store.apis.create(one, created)
    const at = (n: number) => ({ id: `api-${n}`, identifier: `https://api-${n}.example`, scope: ['orders:read'] })
    const alone = { audience: [at(1).identifier], apis: [at(1)] }
    const both = { audience: [at(1).identifier, at(2).identifier], apis: [at(1), at(2)] }
    const ended = [...Array.from({ length: 1200 }, (_, n) => session(n + 10, alone)), standing(1, alone)]
    const kept = [
      session(2, both),
      session(3),
      standing(4),
      session(5, { audience: [at(2).identifier], apis: [at(2)] }),
      // It bears the identifier, but was not granted for the registration.
      session(6, { audience: alone.audience }),
    ]
    for (const one of [...ended, ...kept]) await store.authorizations.create(one, event('authorization_created'))
    assert.equal(await store.apis.remove('api-1', deleted), 'changed')
    assert.equal(await store.apis.remove('api-1', deleted), 'unknown')
    assert.equal(await store.apis.find('api-1'), undefined)
    const { authorizations } = await store.authorizations.listLive({ latest: start, limit: 2000 })
    assert.deepEqual(authorizations.map(({ id }) => id).sort(), [2, 3, 4, 5, 6].map(idOf))
    assert.equal((await trail(store)).api_deleted, 1)
  })
}
