// To whom this server shows itself: by which names it may be called, and who may see what those who run it ask.
import { BlockList, isIPv6 } from 'node:net'
import type { OperationId } from '../generated/index.ts'
import { type HostVerdict, hostJudge } from '../http/host.ts'
import type { RequestHeaders, RequestValue } from '../http/message.ts'

export interface Exposure {
  /** Whether the operation is there for this peer. */
  shows(operationId: string, request: Pick<RequestValue, 'remoteAddress' | 'headers'>): boolean
  /** Whether the request calls this server by a name of its own. */
  host(operationId: string, request: Pick<RequestValue, 'headers'>): HostVerdict
}

export interface ExposureRules {
  readonly issuer: string
  /** Further names of the server; `*` for every one. */
  readonly allowedHosts: readonly string[]
  /** Whether the metrics have a listener of their own. */
  readonly metricsElsewhere: boolean
}

const metrics = 'listMetrics' satisfies OperationId

/** What a machine asks by whichever name it knows, and what tells no secret. */
const byAnyName: ReadonlySet<string> = new Set<OperationId>(['checkLiveness', 'checkReadiness', metrics])

/** Of the listener that serves the API. */
export function apiExposure({ issuer, allowedHosts, metricsElsewhere }: ExposureRules): Exposure {
  const judge = hostJudge(issuer, allowedHosts)
  return {
    shows: (operationId, request) => operationId !== metrics || (!metricsElsewhere && isDirectAndLocal(request)),
    host: (operationId, { headers }) => (byAnyName.has(operationId) ? 'known' : judge(headers.host)),
  }
}

/** Of the listener that serves the metrics: those alone, to whoever can reach it. */
export const metricsExposure: Exposure = {
  shows: (operationId) => operationId === metrics,
  host: () => 'known',
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** A process of this machine that asks by itself: a proxy on this machine says that it asks for somebody else. */
const isDirectAndLocal = ({ remoteAddress, headers }: Pick<RequestValue, 'remoteAddress' | 'headers'>): boolean =>
  remoteAddress !== '' &&
  loopback.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4') &&
  !isForwarded(headers)

const isForwarded = (headers: RequestHeaders): boolean =>
  Object.keys(headers).some((name) => /^(?:forwarded|via|x-real-ip|x-forwarded-.*)$/.test(name))
