import type { Campaign } from './campaign/campaign.ts'
import { wholeTestsCampaign } from './campaign/whole-tests.ts'
import { crash } from './crash/command.ts'
import { families } from './families/command.ts'
import { feed } from './feed/command.ts'
import { outage } from './outage/command.ts'
import { ownership } from './ownership/command.ts'
import { timing } from './timing/command.ts'

/** The recipes of docs/recipes, each in a copy of the repository of its own. In CI they are followed together. */
const recipes = wholeTestsCampaign({
  name: 'recipes',
  summary: 'the recipes of docs/recipes, one by one, and each of the dialects removed',
  takes: 'ten minutes',
  project: 'workspace',
  files: ['recipes'],
})

/** In CI each version of TypeScript has one resolution. */
const types = wholeTestsCampaign({
  name: 'types',
  summary: 'the types of the packed client, in every TypeScript version with every resolution',
  takes: 'two minutes',
  project: 'client',
  files: ['packed-types'],
})

/** In CI there are fewer refreshes. */
const sharing = wholeTestsCampaign({
  name: 'sharing',
  summary: 'a session that eight processes share through 200 refreshes, and four tabs through an hour',
  takes: 'two minutes',
  project: 'client',
  files: ['eight-processes', 'web-store'],
})

/** In CI there are those that are built fast. */
const languages = wholeTestsCampaign({
  name: 'languages',
  summary: 'the guards of examples/languages in every language, built anew',
  takes: 'five minutes',
  project: 'examples',
  files: ['languages'],
})

/** In CI a few of the server's tests are run on instances, and the campaigns are shown their faults on SQLite alone. */
const database = wholeTestsCampaign({
  name: 'database',
  summary: 'the tests of the server on two instances on PostgreSQL, proofs, and the faults of the campaigns',
  takes: 'twenty minutes',
  project: ['campaigns', 'instances', 'proofs-on-server'],
  files: ['crash/campaign', 'families/campaign', 'ownership/campaign', 'apps/server/test/', 'proofs/src/'],
})

/** All campaigns. */
export const campaigns: readonly Campaign[] = [
  crash,
  families,
  ownership,
  outage,
  timing,
  feed,
  recipes,
  types,
  sharing,
  languages,
  database,
]
