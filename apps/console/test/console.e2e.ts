// The console in a real browser, over a real server: what people do with it, from the first sign-in on. One browser and one
// server serve all stories, one after the other.
import type { TestServer } from '@countersign/server/testing'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { missing, openBrowser, serverWithOwner } from './stage.ts'
import { factorStories } from './stories/factors.ts'
import { firstTokenStory } from './stories/first-token.ts'
import { ownServerStories } from './stories/own-server.ts'
import { peopleStories } from './stories/people.ts'
import { roleStories } from './stories/roles.ts'
import { sessionStories } from './stories/sessions.ts'

describe('the console', { timeout: 120_000 }, () => {
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
  firstTokenStory(...stage)
  factorStories(...stage)
  sessionStories(...stage)
  roleStories(...stage)
  peopleStories(...stage)
  ownServerStories(() => browser)
})
