import { expect, it } from 'vitest'
import { here, testDomain } from '../testing/domain.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { createUseCases } from '../use-cases.ts'
import { totpCode, totpSecretBytes, totpStepSeconds } from './totp.ts'

it('I9 a code of the decoy secret is refused, and spends nothing', async () => {
  const drawn: Uint8Array[] = []
  const random = new SeededRandom('decoy')
  const failures: string[] = []
  const spent: string[] = []
  const recorded = {
    bytes: (count: number) => {
      const bytes = random.bytes(count)
      drawn.push(bytes)
      return bytes
    },
  }
  const domain = testDomain(
    {
      users: { findByName: async () => undefined },
      audit: { note: async () => {} },
      counters: { change: async (keys, decide) => decide(keys.map(() => undefined)).result },
      enrolments: {
        find: async () => ({ active: undefined, pending: undefined }),
        countFailure: async (id) => void failures.push(id),
        accept: async ({ userId }) => {
          spent.push(userId)
          return 'accepted'
        },
      },
    },
    { random: recorded },
  )
  const { login } = createUseCases(domain)
  const [decoy, ...others] = drawn.filter(({ length }) => length === totpSecretBytes)
  expect(others).toEqual([])
  const code = totpCode(decoy ?? new Uint8Array(), Math.floor(domain.clock.now() / totpStepSeconds))
  const attempt = login.authenticate({ username: 'nobody', code }, here)
  await expect(attempt).rejects.toMatchObject({ code: 'credentials_invalid' })
  expect(spent).toEqual([])
  expect(failures).toEqual([''])
})
