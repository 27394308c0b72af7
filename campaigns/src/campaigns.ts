import type { Campaign } from './campaign/campaign.ts'
import { recipes } from './campaign/recipes.ts'
import { crash } from './crash/command.ts'
import { families } from './families/command.ts'
import { ownership } from './ownership/command.ts'
import { timing } from './timing/command.ts'

/** All campaigns. */
export const campaigns: readonly Campaign[] = [crash, families, ownership, timing, recipes]
