import { crash } from '../crash/command.ts'
import { families } from '../families/command.ts'
import { ownership } from '../ownership/command.ts'
import { timing } from '../timing/command.ts'
import type { Campaign } from './campaign.ts'
import { recipes } from './recipes.ts'

/** The only list of them. */
export const campaigns: readonly Campaign[] = [crash, families, ownership, timing, recipes]
