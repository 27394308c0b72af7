import { activityScenarios } from './authorizations/activity.ts'
import { authorizationScenarios } from './authorizations/authorizations.ts'
import { capScenarios } from './authorizations/caps.ts'
import { inactivityScenarios } from './authorizations/inactivity.ts'
import { liveListScenarios } from './authorizations/live-lists.ts'
import { reuseGraceScenarios } from './authorizations/reuse-grace.ts'
import { rotationScenarios } from './authorizations/rotation.ts'
import { rotationRaces } from './authorizations/rotation-races.ts'
import { sameIdScenarios } from './authorizations/same-id.ts'
import { faultScenarios } from './faults/faults.ts'
import { revocationScenarios } from './feed/feed.ts'
import { isolationScenarios } from './isolation/isolation.ts'
import { auditListScenarios } from './operation/audit-lists.ts'
import { auditRetentionScenarios } from './operation/audit-retention.ts'
import { auditTallyScenarios } from './operation/audit-tallies.ts'
import { dropletScenarios } from './operation/droplets.ts'
import { operationScenarios } from './operation/operation.ts'
import { sealingScenarios } from './operation/sealing.ts'
import { recentFileScenarios, settingScenarios } from './operation/settings.ts'
import { apiScenarios } from './principals/apis.ts'
import { clientRegistryScenarios } from './principals/clients.ts'
import { conditionScenarios } from './principals/conditions.ts'
import { enrolmentScenarios, recoveryCodeScenarios } from './principals/factors.ts'
import { ownershipScenarios } from './principals/ownership.ts'
import { clientScenarios, userScenarios } from './principals/principals.ts'
import { sessionEndScenarios } from './principals/session-ends.ts'
import { userChangeScenarios } from './principals/users.ts'
import type { Backend, Scenario } from './scenario/scenario.ts'
import { transferScenarios } from './transfer/transfer.ts'

/** What the suite needs of a test runner; vitest's and `node:test`'s `describe` and `it` fit. */
export interface TestTools {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
}

/** What a backend supports: the suite tests for it and never for the backend's name. */
export interface Manifest {
  /** How many callers the races have at most; a hundred times as many fail to log in. Default is 1000. */
  readonly parallelCallers?: number
  /** Whether others can write while a snapshot is read. Default is true. */
  readonly writesBesideSnapshot?: boolean
}

export interface SuiteOptions {
  readonly test: TestTools
  readonly factory: () => Promise<Backend>
  readonly manifest: Manifest
}

/**
 * What every store must prove, whatever it is made of: each method of each port with fixtures that fill every field, each
 * outcome, the races, and that a failing write leaves nothing behind.
 *
 * ```ts
 * suite({ test: { describe, it }, factory: sqliteBackend, manifest: {} })
 * ```
 */
export const suite = ({ test, factory, manifest }: SuiteOptions): void => {
  const { parallelCallers: most = 1000, writesBesideSnapshot = true } = manifest
  const scenario: Scenario = (name, body) => {
    test.it(name, async () => {
      const backend = await factory()
      try {
        await body(backend)
      } finally {
        await backend.dispose()
      }
    })
  }
  test.describe('authorizations', () => authorizationScenarios(scenario))
  test.describe('what is active', () => activityScenarios(scenario))
  test.describe('lists of what is live', () => liveListScenarios(scenario))
  test.describe('inactivity', () => inactivityScenarios(scenario))
  test.describe('caps', () => capScenarios(scenario))
  test.describe('the end of sessions', () => sessionEndScenarios(scenario))
  test.describe('refresh token rotation (RFC 9700 §4.14.2)', () => rotationScenarios(scenario))
  test.describe('the grace of a reuse', () => reuseGraceScenarios(scenario))
  test.describe('rotation by many callers at once', () => rotationRaces(scenario, most))
  test.describe('users', () => userScenarios(scenario))
  test.describe('clients', () => clientScenarios(scenario))
  test.describe('changes to users', () => userChangeScenarios(scenario))
  test.describe('writes on a condition', () => conditionScenarios(scenario))
  test.describe('the single owner (I7)', () => ownershipScenarios(scenario))
  test.describe('the registry of clients', () => clientRegistryScenarios(scenario))
  test.describe('the registry of APIs', () => apiScenarios(scenario))
  test.describe('a user and a client of the same id', () => sameIdScenarios(scenario))
  test.describe('TOTP enrolments', () => enrolmentScenarios(scenario))
  test.describe('recovery codes', () => recoveryCodeScenarios(scenario))
  test.describe('settings', () => settingScenarios(scenario))
  test.describe('recent files', () => recentFileScenarios(scenario))
  test.describe('keys, counters, usage, marks and the trail', () => operationScenarios(scenario))
  test.describe('lists of the trail', () => auditListScenarios(scenario))
  test.describe('similar events', () => auditTallyScenarios(scenario, 100 * most))
  test.describe('how long the trail is kept', () => auditRetentionScenarios(scenario))
  test.describe('the revocation feed', () => revocationScenarios(scenario))
  test.describe('droplets', () => dropletScenarios(scenario))
  test.describe('isolation', () => isolationScenarios(scenario))
  test.describe('another master key', () => sealingScenarios(scenario))
  test.describe('export and import', () => transferScenarios(scenario, factory, writesBesideSnapshot))
  test.describe('a write that fails', () => faultScenarios(scenario))
}
