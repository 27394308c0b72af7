import { type Api, type ApiTerms, atLeast, issuerApiId, type Role } from '@countersign/core'

/** An API in `/v1/apis`. */
export const listedApi = (api: Api) => ({
  id: api.id,
  identifier: api.identifier,
  name: api.name,
  scopes: api.scopes.map(listedScope),
  token_form: api.tokenForm ?? null,
  token_typ: api.tokenType,
  access_lifetime_seconds: api.accessLifetimeSeconds ?? null,
  allowed_origins: [...api.allowedOrigins],
  first_party: api.firstParty,
  built_in: api.id === issuerApiId,
  created_at: api.createdAt,
})

const listedScope = ({ name, description, leastRole }: Api['scopes'][number]) => ({
  name,
  description,
  least_role: leastRole,
})

/** An API that a user may have tokens for, with the scopes that the role permits. */
export const usableApi = ({ id, identifier, name, scopes }: Api, role: Role) => ({
  identifier,
  name,
  built_in: id === issuerApiId,
  scopes: scopes.filter(({ leastRole }) => atLeast(role, leastRole)).map(listedScope),
})

/** The members of a body that describe an API. `null` is the default. */
export interface GivenApi {
  readonly name?: string
  readonly scopes?: readonly {
    readonly name: string
    readonly description: string
    readonly least_role?: ApiTerms['scopes'][number]['leastRole']
  }[]
  readonly token_form?: ApiTerms['tokenForm'] | null
  readonly token_typ?: ApiTerms['tokenType']
  readonly access_lifetime_seconds?: number | null
  readonly allowed_origins?: readonly string[]
  readonly first_party?: boolean
}

/** Only what is given: a change leaves the rest as it is. */
export const givenTerms = (body: GivenApi): Partial<ApiTerms> => ({
  ...(body.name === undefined ? {} : { name: body.name }),
  ...(body.scopes === undefined ? {} : { scopes: body.scopes.map(scopeOf) }),
  ...(body.token_form === undefined ? {} : { tokenForm: body.token_form ?? undefined }),
  ...(body.token_typ === undefined ? {} : { tokenType: body.token_typ }),
  ...(body.access_lifetime_seconds === undefined
    ? {}
    : { accessLifetimeSeconds: body.access_lifetime_seconds ?? undefined }),
  ...(body.allowed_origins === undefined ? {} : { allowedOrigins: body.allowed_origins }),
  ...(body.first_party === undefined ? {} : { firstParty: body.first_party }),
})

const scopeOf = ({ name, description, least_role = 'viewer' }: NonNullable<GivenApi['scopes']>[number]) => ({
  name,
  description,
  leastRole: least_role,
})
