// Under which host names the server answers, and who may read the metrics.
import { BlockList, isIPv6 } from 'node:net'
import type { OperationId } from '../generated/index.ts'
import { type HostVerdict, hostChecker } from '../http/host.ts'
import type { RequestHeaders, RequestValue } from '../http/message.ts'

export interface Exposure {
  /** Whether the operation is visible to this peer. */
  shows(operationId: string, request: Pick<RequestValue, 'remoteAddress' | 'headers'>): boolean
  /** Whether the request's `Host` names this server. */
  host(operationId: string, request: Pick<RequestValue, 'headers'>): HostVerdict
}

export interface ExposureRules {
  readonly issuer: string
  /** Further names of the server; `*` for all. */
  readonly allowedHosts: readonly string[]
  /** Whether the metrics have their own listener. */
  readonly metricsElsewhere: boolean
}

const metrics = 'listMetrics' satisfies OperationId

/** Monitoring may call these under any name; they reveal no secret. */
const allowedUnderAnyHost: ReadonlySet<string> = new Set<OperationId>(['checkLiveness', 'checkReadiness', metrics])

/** For the listener of the API. */
export function apiExposure({ issuer, allowedHosts, metricsElsewhere }: ExposureRules): Exposure {
  const checkHost = hostChecker(issuer, allowedHosts)
  return {
    shows: (operationId, request) => operationId !== metrics || (!metricsElsewhere && isDirectAndLocal(request)),
    host: (operationId, { headers }) => (allowedUnderAnyHost.has(operationId) ? 'known' : checkHost(headers.host)),
  }
}

/** For the listener of the metrics: only metrics, to every peer that reaches it. */
export const metricsExposure: Exposure = {
  shows: (operationId) => operationId === metrics,
  host: () => 'known',
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether a process of this machine sent the request itself. A proxy on this machine adds forwarding headers. */
const isDirectAndLocal = ({ remoteAddress, headers }: Pick<RequestValue, 'remoteAddress' | 'headers'>): boolean =>
  remoteAddress !== '' &&
  loopback.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4') &&
  !isForwarded(headers)

const isForwarded = (headers: RequestHeaders): boolean =>
  Object.keys(headers).some((name) => /^(?:forwarded|via|x-real-ip|x-forwarded-.*)$/.test(name))
