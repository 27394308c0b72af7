import { describe, expect, it } from 'vitest'
import { Documentation } from './documentation.ts'

describe('the documentation page', () => {
  it('shows who may call an operation, can be filtered, begins folded, and keeps no token', () => {
    const text = String(new Documentation().asset('start.js')?.bytes)
    const settings = JSON.parse(/^window\.ui = SwaggerUIBundle\((.*)\)\n$/.exec(text)?.[1] ?? '')
    expect(settings).toMatchObject({ showExtensions: true, filter: true, docExpansion: 'none' })
    expect(settings).not.toHaveProperty('persistAuthorization')
  })
})
