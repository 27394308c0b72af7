import { describe, expect, it } from 'vitest'
import { answerWhileStarting } from './answer-while-starting.ts'

describe('N-510 a server that has its port and is still looking at its database', () => {
  it('answers the liveness check, so that it is not restarted', async () => {
    const { status, body } = await answerWhileStarting('GET', '/healthz')
    expect([status, body]).toEqual([200, { status: 'ok' }])
  })

  it.each(['/readyz', '/v1/me'])('is not ready: %s', async (path) => {
    expect((await answerWhileStarting('GET', path)).status).toBe(503)
  })
})
