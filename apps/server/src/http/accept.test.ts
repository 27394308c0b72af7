import { expect, it } from 'vitest'
import { prefersPage } from './accept.ts'

it.each([
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['TEXT/HTML', true],
  ['application/json;q=0.5, text/html;q=0.6', true],
  ['*/*', false],
  ['', false],
  ['application/json', false],
  ['application/json, text/html;q=0.9', false],
  ['text/html;q=0', false],
  ['text/html;q=x', false],
])('a page is preferred by %j: %s', (accept, preferred) => {
  expect(prefersPage(accept)).toBe(preferred)
})
