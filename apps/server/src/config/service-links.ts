// Removes variables that a container platform sets for each service it knows. A service named "countersign…" gives them
// the prefix of our settings. The exact shape of name and value distinguishes them from settings.
import { isIP } from 'node:net'
import { variablePrefix } from './schema.ts'

type Environment = Readonly<Record<string, string | undefined>>

const port = /^\d{1,5}$/
const url = /^(?:tcp|udp|sctp):\/\/\S+:\d{1,5}$/
const isAddress = { test: (text: string) => isIP(text) !== 0 }

/** The suffix after the service's name, with the shape of the value. */
const shapes: readonly (readonly [name: RegExp, value: Pick<RegExp, 'test'>])[] = [
  // Kubernetes: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
  [/_SERVICE_HOST$/, isAddress],
  [/_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, port],
  // Kubernetes and Docker links: https://docs.docker.com/engine/network/links/#environment-variables
  [/_PORT$/, url],
  [/_PORT_\d{1,5}_(?:TCP|UDP|SCTP)(?:_START|_END)?$/, url],
  [/_PORT_\d{1,5}_(?:TCP|UDP|SCTP)_PROTO$/, /^(?:tcp|udp|sctp)$/],
  [/_PORT_\d{1,5}_(?:TCP|UDP|SCTP)_PORT(?:_START|_END)?$/, port],
  [/_PORT_\d{1,5}_(?:TCP|UDP|SCTP)_ADDR$/, isAddress],
  // Docker links only: `/this-container/alias`.
  [/_NAME$/, /^\/[\w.-]+\/[\w.-]+$/],
]

/** A linked container's own variables can have any name and value; the variable `_NAME` shows that the link exists. */
const ofLinkedContainer = /^(.+?)_ENV_./

function isServiceLink(name: string, value: string, env: Environment): boolean {
  if (shapes.some(([suffix, shape]) => suffix.test(name) && shape.test(value))) return true
  const [, alias] = ofLinkedContainer.exec(name) ?? []
  const link = alias === undefined ? undefined : env[`${alias}_NAME`]
  return link !== undefined && isServiceLink(`${alias}_NAME`, link, {})
}

/** The environment without variables of a container platform, such as `COUNTERSIGN_PORT=tcp://10.0.0.5:4300`. */
export function withoutServiceLinks(env: Environment): Environment {
  const own = Object.entries(env).filter(
    ([name, value]) => !(name.startsWith(variablePrefix) && value !== undefined && isServiceLink(name, value, env)),
  )
  return Object.fromEntries(own)
}
