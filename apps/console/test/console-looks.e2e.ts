// How the console looks, in a real browser: every page and dialog by the rules for accessibility, narrow and wide, and with many
// rows. One browser and one server serve all stories, one after the other.
import { describe } from 'vitest'
import { useStage } from './stage.ts'
import { lookStories } from './stories/looks.ts'
import { manyStory } from './stories/many.ts'

describe('the looks of the console', { timeout: 120_000 }, () => {
  const stage = useStage()
  lookStories(...stage)
  manyStory(...stage)
})
