import { describe, expect, it } from 'vitest'
import { endsSoon } from './term.ts'

const day = 86_400

describe('endsSoon', () => {
  it('tells of a year’s end 30 days before it', () => {
    const year = { from: 0, until: 365 * day }
    expect(endsSoon(year, 335 * day)).toBe(false)
    expect(endsSoon(year, 335 * day + 1)).toBe(true)
  })

  it('announces the end of a short term when a fifth of it is left', () => {
    const hour = { from: 1000, until: 4600 }
    expect(endsSoon(hour, 1000)).toBe(false)
    expect(endsSoon(hour, 3880)).toBe(false)
    expect(endsSoon(hour, 3881)).toBe(true)
  })

  it('is still announced after the end', () => {
    expect(endsSoon({ from: 0, until: 10 }, 11)).toBe(true)
  })
})
