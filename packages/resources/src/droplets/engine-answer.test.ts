import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { dropletFrom, type InspectedContainer } from './engine-answer.ts'

const container = (state: Partial<InspectedContainer['State']> = {}): InspectedContainer => ({
  Id: `4fa6e0f0c678${'0'.repeat(52)}`,
  Name: '/web',
  Created: '2026-11-22T04:32:12.610682814Z',
  State: { Running: true, StartedAt: '2026-11-22T04:32:13.777191084Z', FinishedAt: '0001-01-01T00:00:00Z', ...state },
  Config: { Labels: { 'countersign.number': '7', 'countersign.creator': 'ada' } },
  NetworkSettings: {
    Ports: {
      '22/tcp': [{ HostIp: '', HostPort: '42343' }],
      '53/udp': [{ HostIp: '::1', HostPort: '53' }],
      '80/tcp': null,
    },
  },
})

describe('a container as a droplet', () => {
  it('is known by its short id, with the ports that are published', () => {
    const createdAt = Date.UTC(2026, 10, 22, 4, 32, 12) / 1000
    assert.deepEqual(dropletFrom(container()), {
      id: '4fa6e0f0c678',
      number: 7,
      name: 'web',
      state: 'active',
      creator: 'ada',
      createdAt,
      changedAt: createdAt + 1,
      ports: {
        '22': { type: 'tcp', from: { ip: '0.0.0.0', port: 42_343 } },
        '53': { type: 'udp', from: { ip: '::1', port: 53 } },
      },
    })
  })

  it('changed when it ended, and has no ports then', () => {
    const { state, changedAt, ports } = dropletFrom(container({ Running: false, FinishedAt: '2026-11-22T04:40:00Z' }))
    assert.deepEqual([state, changedAt, ports], ['stopped', Date.UTC(2026, 10, 22, 4, 40) / 1000, {}])
  })

  it('changed when it was made if it never ran', () => {
    const { createdAt, changedAt } = dropletFrom(container({ Running: false, StartedAt: '0001-01-01T00:00:00Z' }))
    assert.equal(changedAt, createdAt)
  })

  it('is refused where its number or its time is none', () => {
    for (const broken of [
      { ...container(), Config: { Labels: { 'countersign.number': 'x' } } },
      { ...container(), Config: { Labels: null } },
      { ...container(), Created: 'yesterday' },
      { ...container(), State: undefined as never },
    ]) {
      assert.throws(() => dropletFrom(broken), { name: 'DropletError', code: 'driver_failed' })
    }
  })
})
