import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take a minute or more. */
const longest = [
  'scripts/test/recipes.test.ts',
  'apps/console/test/console.e2e.ts',
  'apps/console/test/console-looks.e2e.ts',
  'packages/testing/test/packed.test.ts',
  'campaigns/src/feed/campaign.test.ts',
  'examples/test/documents.test.ts',
  'examples/test/runbooks.test.ts',
]

/** The order of the test files: the longest ones begin first. Otherwise the last one leaves the other workers idle. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/${name}`))
      return at < 0 ? longest.length : at
    }
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}
