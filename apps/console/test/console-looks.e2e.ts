// How the console looks, in a real browser: every page and dialog by the rules for accessibility, narrow and wide, and with many
// rows. One browser and one server serve all stories, one after the other.
import type { TestServer } from '@countersign/server/testing'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { missing, openBrowser, serverWithOwner } from './stage.ts'
import { lookStories } from './stories/looks.ts'
import { manyStory } from './stories/many.ts'

describe('the looks of the console', { timeout: 120_000 }, () => {
  let browser: Browser
  let server: TestServer
  beforeAll(async () => {
    if (missing !== undefined) return
    server = await serverWithOwner()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing)
  })

  const stage = [() => browser, () => server] as const
  lookStories(...stage)
  manyStory(...stage)
})
