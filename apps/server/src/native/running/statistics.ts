import type { AuditAction, Domain, UseCases } from '@countersign/core'
import { listedEvent } from '../../audit/audit-entry.ts'
import type { StatisticsHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import { listedAuthorization, namedIn } from '../wire/authorizations-wire.ts'
import { type AdvisoryParts, advisoriesOf } from './advisories.ts'
import type { Traffic } from './traffic.ts'

const day = 86_400
const alarmSeconds = 7 * day
const expirySeconds = 14 * day
const listed = 20

/** How many steps a window has, and their length in minutes. */
const windows = { hour: { steps: 60, minutes: 1 }, day: { steps: 96, minutes: 15 } } as const

interface StatisticsParts extends AdvisoryParts {
  readonly useCases: Pick<UseCases, 'audit' | 'names' | 'revocation' | 'users'>
  readonly domain: Pick<Domain, 'keys' | 'clock' | 'issuer' | 'policy'>
  readonly traffic: Traffic
}

/** The first page for the owner. Its cost does not depend on the load: each list has an index and a limit. */
export function statisticsHandlers(parts: StatisticsParts): StatisticsHandlers<Context> {
  const { useCases, domain, traffic } = parts

  async function alarms(action: AuditAction) {
    const filter = { action, from: domain.clock.latest() - alarmSeconds }
    const { entries } = await useCases.audit.list({ filter, limit: listed })
    return entries.map(listedEvent)
  }

  return {
    async showStatistics({ query }, { access }) {
      const { steps, minutes } = windows[query.window ?? 'hour']
      const expiring = await useCases.revocation.listExpiring({ withinSeconds: expirySeconds, limit: listed })
      const currentId = access.authorization.id
      const surroundings = { currentId, names: await useCases.names.of(expiring.flatMap(namedIn)) }
      return {
        status: 200,
        body: {
          at: domain.clock.latest(),
          counted_since: traffic.since,
          step_seconds: minutes * 60,
          counts: [...traffic.series(steps, minutes)],
          reuse_alarms: await alarms('authorization_reused'),
          lockouts: await alarms('account_locked'),
          expiring_tokens: expiring.map((authorization) =>
            listedAuthorization({ authorization, isActive: true }, surroundings),
          ),
          advisories: [...(await advisoriesOf(parts))],
        },
      }
    },
  }
}
