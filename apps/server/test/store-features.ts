import type { TestContext } from 'vitest'
import { type StoreFeature, storeHas } from '../src/testing/test-server.ts'

const reasons: Readonly<Record<StoreFeature, string>> = {
  file: 'the database is no file in the data folder',
}

/** Skips a test, or before each test of a file, where the store of its servers lacks something. */
export const needing =
  (feature: StoreFeature) =>
  (context: Pick<TestContext, 'skip'>): void => {
    if (!storeHas(feature)) context.skip(reasons[feature])
  }
