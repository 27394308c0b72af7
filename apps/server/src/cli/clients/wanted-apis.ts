import { type Api, type Client, isApiIdentifier, type WantedApi } from '@countersign/core'
import type { Authority } from '../../compose/authority.ts'
import { UsageError } from '../command/arguments.ts'
import { Refusal } from '../command/io.ts'

/** What the command line says of the APIs that a client may ask for tokens for. */
export interface NamedApis {
  readonly apis: readonly string[]
  readonly mayAct: ReadonlySet<string>
  /** `undefined`: `--scope` was not given. */
  readonly scope: readonly string[] | undefined
}

const mostApis = 64

/** @throws UsageError */
export function readNamedApis(
  given: {
    readonly apis: readonly string[] | undefined
    readonly mayAct: readonly string[] | undefined
    readonly scopes: readonly string[] | undefined
  },
  usage: string,
): NamedApis {
  const mayAct = new Set(given.mayAct)
  const apis = [...new Set([...(given.apis ?? []), ...mayAct])]
  if (apis.length > mostApis || !apis.every(isApiIdentifier)) {
    throw new UsageError('--api and --may-act are absolute URIs, at most 64 of them', usage)
  }
  const scope = given.scopes?.flatMap((text) => text.split(' ')).filter((name) => name !== '')
  if (scope && apis.length === 0) throw new UsageError('--scope goes with --api or --may-act', usage)
  return { apis, mayAct, scope }
}

/**
 * Finds the APIs and gives each of them the names of the list that it has.
 *
 * @throws Refusal for an API or a scope that does not exist.
 */
export async function wantedApisOf(
  { apis, mayAct, scope }: NamedApis,
  { useCases, domain: { issuer } }: Pick<Authority, 'useCases' | 'domain'>,
): Promise<readonly WantedApi[]> {
  const registered = apis.length === 0 ? [] : await useCases.apis.listAll()
  const found = apis.map((identifier): Api => {
    const api = registered.find((one) => one.identifier === identifier)
    if (!api) throw new Refusal(`there is no API ${identifier}: "countersign apis add" registers one`)
    if (identifier === issuer && mayAct.has(identifier)) throw new Refusal('--may-act cannot be this server')
    return api
  })
  const namesOf = (api: Api) => api.scopes.map(({ name }) => name)
  const unknown = scope?.find((name) => !found.some((api) => namesOf(api).includes(name)))
  if (unknown !== undefined) {
    const offered = found.map((api) => `${api.identifier}: ${namesOf(api).join(' ') || 'none'}`).join('; ')
    throw new Refusal(`none of the APIs has the scope ${JSON.stringify(unknown)}. Their scopes are ${offered}`)
  }
  return found.map((api) => ({
    identifier: api.identifier,
    // Where the list is not given, the issuer has a scope of its own, and no other API has.
    scope: scope
      ? namesOf(api)
          .filter((name) => scope.includes(name))
          .join(' ')
      : defaultScope(api, issuer),
    mayAct: mayAct.has(api.identifier),
  }))
}

const defaultScope = ({ identifier }: Api, issuer: string): string | undefined =>
  identifier === issuer ? undefined : ''

/** As `--json` prints them. */
export const wordsOf = ({ apis, scope }: Pick<Client, 'apis' | 'scope'>) => ({
  scope: scope.join(' '),
  apis: apis.map((api) => ({ identifier: api.identifier, scope: api.scope.join(' '), may_act: api.mayAct })),
})
