import { type Domain, endsSoon, signingKeyTermSeconds, type Term, type UseCases } from '@countersign/core'
import { isLoopback } from '../../config/host-name.ts'

export interface AdvisoryParts {
  readonly useCases: Pick<UseCases, 'users'>
  readonly domain: Pick<Domain, 'keys' | 'clock' | 'issuer' | 'policy'>
  readonly config: { readonly keyRotationDays: number }
  readonly clock: { lagSeconds(): number }
  readonly auditKeeping: { overdue(): Promise<number> }
  /** `undefined` if TLS is not configured. */
  readonly certificate: () => Term | undefined
}

type Code =
  | 'owner_factors'
  | 'manager_factors'
  | 'key_rotation_off'
  | 'key_old'
  | 'certificate_expiring'
  | 'audit_overdue'
  | 'clock_behind'
  | 'issuer_http'

interface Facts {
  readonly since?: number
  readonly until?: number
  readonly count?: number
}

const advisory = (code: Code, { since, until, count }: Facts = {}) => ({
  code,
  since: since ?? null,
  until: until ?? null,
  count: count ?? null,
})

/** What should be mended, for the owner. One read of the owner; the rest is in memory. */
export async function advisoriesOf(parts: AdvisoryParts): Promise<readonly ReturnType<typeof advisory>[]> {
  const { useCases, domain, config, clock, auditKeeping } = parts
  const now = domain.clock.latest()
  const owner = await useCases.users.findOwner()
  const key = domain.keys().current(now)
  const certificate = parts.certificate()
  const overdue = await auditKeeping.overdue()
  const lagSeconds = clock.lagSeconds()
  const term = { from: key.activatesAt, until: key.activatesAt + signingKeyTermSeconds }
  return [
    ...(owner && owner.requiredFactors.length < 2 ? [advisory('owner_factors')] : []),
    ...(domain.policy.requiredFactors.manager.length < 2 ? [advisory('manager_factors')] : []),
    ...(config.keyRotationDays === 0 ? [advisory('key_rotation_off')] : []),
    ...(now >= term.until ? [advisory('key_old', { since: term.from })] : []),
    ...(certificate && endsSoon(certificate, now)
      ? [advisory('certificate_expiring', { until: certificate.until })]
      : []),
    ...(overdue > 0 ? [advisory('audit_overdue', { count: overdue })] : []),
    ...(lagSeconds > 0 ? [advisory('clock_behind', { count: lagSeconds })] : []),
    ...(isPlainHttp(domain.issuer) ? [advisory('issuer_http')] : []),
  ]
}

/** Tokens can be read on the network then. On this machine they cannot. */
function isPlainHttp(issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer)
  return protocol === 'http:' && !isLoopback(hostname)
}
