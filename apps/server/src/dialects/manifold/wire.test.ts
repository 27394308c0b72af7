import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyFaults } from '../../../test/contract/document.ts'
import { droplet, tokenSet } from '../../../test/domain-values.ts'
import { instance, loggedIn, productInfo } from './wire.ts'

describe('a login on the wire', () => {
  it.each([true, false])('is what the contract says, and has both tokens where there are two: %s', (refreshable) => {
    fc.assert(
      fc.property(tokenSet('jwt', refreshable), (set) => {
        const body = loggedIn(set)
        for (const operationId of ['manifoldLogin', 'manifoldLoginByPost'] as const) {
          expect(bodyFaults(operationId, 200, body)).toEqual([])
        }
        expect([body.token, body.refresh_token]).toEqual([set.accessToken.reveal(), set.refreshToken?.reveal()])
      }),
    )
  })
})

describe('an instance on the wire', () => {
  it('is what the contract says, alone and in a list, and is the droplet when it is read back', () => {
    fc.assert(
      fc.property(droplet, (given) => {
        const body = instance(given)
        expect(bodyFaults('manifoldShowInstance', 200, { instance: body })).toEqual([])
        expect(bodyFaults('manifoldListInstances', 200, { instances: [body, body] })).toEqual([])
        const { id: number, user_name: creator, created: createdAt, name, state } = body
        expect(given).toMatchObject({ number, creator, createdAt, name, state })
      }),
    )
  })
})

it('the product on the wire is what the contract says', () => {
  expect(bodyFaults('manifoldShowInfo', 200, productInfo)).toEqual([])
})
