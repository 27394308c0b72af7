import type { Access, Administrator, Client, ProvenUser, RequestContext } from '@countersign/core'
import type { Asker } from '@countersign/resources'

/** The client of an OAuth request: registered and authenticated, or the public first-party client. */
export type PresentedClient =
  | { readonly kind: 'registered'; readonly client: Client }
  | { readonly kind: 'public'; readonly clientId: string }

/** A credential that is itself the grant. The handler verifies it. */
export type PresentedGrant =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'refresh'; readonly token: string }

/** What the pipeline knows about the caller before the handler runs. */
export interface Caller {
  readonly access?: Access | undefined
  /** Whether the access token is a browser's session cookie. Default: false. */
  readonly byCookie?: boolean | undefined
  /** The proven user, where the contract requires a recent login. */
  readonly proof?: ProvenUser | undefined
  readonly client?: PresentedClient | undefined
  readonly grant?: PresentedGrant | undefined
  /** The session cookie sent with a public operation. It does not authenticate the request. */
  readonly cookie?: string | undefined
}

/** What a handler gets besides its input. */
export class Context {
  readonly circumstances: RequestContext
  /** The request's `Accept` header, or an empty string. */
  readonly accept: string
  readonly #caller: Caller

  constructor(circumstances: RequestContext, caller: Caller, accept = '') {
    this.circumstances = circumstances
    this.accept = accept
    this.#caller = caller
  }

  /** The verified access token. Every operation that the contract protects has one. */
  get access(): Access {
    return required(this.#caller.access, 'access token')
  }

  /** The caller, with a recent login or credentials in the body, where the contract says `proof: recent`. */
  get proof(): ProvenUser {
    return required(this.#caller.proof, 'proof')
  }

  /** The client, where the contract says `presented: client`. */
  get client(): PresentedClient {
    return required(this.#caller.client, 'client')
  }

  /** The grant, where the contract says `presented: grant`. */
  get grant(): PresentedGrant {
    return required(this.#caller.grant, 'grant')
  }

  /** The session cookie sent with a public operation, unverified. `undefined` if there is none, or more than one. */
  get cookie(): string | undefined {
    return this.#caller.cookie
  }

  /** For the log: the caller as far as it is known. */
  get caller(): Caller {
    return this.#caller
  }
}

/**
 * The caller as a user who changes other users and clients. The session must be active in the commit of each change.
 */
export const administratorOf = ({ access: { authorization }, circumstances }: Context): Administrator => ({
  actor: authorization.subject,
  circumstances,
  asking: authorization,
})

/** The caller as the droplets' audit trail records it. */
export const askerOf = ({ access, circumstances }: Context): Asker => ({
  actor: access.authorization.subject,
  name: access.subject.name,
  address: circumstances.address,
  requestId: circumstances.requestId,
})

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the contract declares no ${what} for this operation`)
  return value
}
