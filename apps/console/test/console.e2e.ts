// The console in a real browser, over a real server: what people do with it, from the first sign-in on. One browser and one
// server serve all stories, one after the other.
import { describe } from 'vitest'
import { useStage } from './stage.ts'
import { factorStories } from './stories/factors.ts'
import { firstTokenStory } from './stories/first-token.ts'
import { ownServerStories } from './stories/own-server.ts'
import { peopleStories } from './stories/people.ts'
import { roleStories } from './stories/roles.ts'
import { sessionStories } from './stories/sessions.ts'

describe('the console', { timeout: 120_000 }, () => {
  const stage = useStage()
  firstTokenStory(...stage)
  factorStories(...stage)
  sessionStories(...stage)
  roleStories(...stage)
  peopleStories(...stage)
  ownServerStories(stage[0])
})
