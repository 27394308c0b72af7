import type { Access, Administrator, Client, ProvenUser, RequestContext } from '@countersign/core'
import type { Asker } from '@countersign/resources'

/** Software that named itself at an OAuth endpoint: registered and authenticated, or the public first-party client. */
export type PresentedClient =
  | { readonly kind: 'registered'; readonly client: Client }
  | { readonly kind: 'public'; readonly clientId: string }

/** A credential that is itself the grant, handed to the handler unjudged. */
export type PresentedGrant =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'refresh'; readonly token: string }

/** What the pipeline found out before the handler was called. */
export interface Caller {
  readonly access?: Access | undefined
  /** Whether the access token is a browser's session cookie. Default is false. */
  readonly byCookie?: boolean | undefined
  /** The caller, where the contract asks for a recent login. */
  readonly proof?: ProvenUser | undefined
  readonly client?: PresentedClient | undefined
  readonly grant?: PresentedGrant | undefined
  /** The session cookie beside a public operation. It is no credential there. */
  readonly cookie?: string | undefined
}

/** What a handler is given beside its input. */
export class Context {
  readonly circumstances: RequestContext
  /** The request's `Accept` header; empty where there is none. */
  readonly accept: string
  readonly #caller: Caller

  constructor(circumstances: RequestContext, caller: Caller, accept = '') {
    this.circumstances = circumstances
    this.accept = accept
    this.#caller = caller
  }

  /** The checked access token. Every operation that the contract protects has one. */
  get access(): Access {
    return required(this.#caller.access, 'access token')
  }

  /** The caller, who has a recent login or showed how they log in: where the contract says `proof: recent`. */
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

  /** The session cookie that came along with a public operation, unjudged. `undefined`: none, or more than one. */
  get cookie(): string | undefined {
    return this.#caller.cookie
  }

  /** For the log: whoever was found out. */
  get caller(): Caller {
    return this.#caller
  }
}

/** Whoever calls, as one who changes other people and clients: the session must be active in the commit of each change. */
export const administratorOf = ({ access: { authorization }, circumstances }: Context): Administrator => ({
  actor: authorization.subject,
  circumstances,
  asking: authorization,
})

/** Whoever calls, as droplets know them. */
export const askerOf = ({ access, circumstances }: Context): Asker => ({
  actor: access.authorization.subject,
  name: access.subject.name,
  address: circumstances.address,
  requestId: circumstances.requestId,
})

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the contract does not give this operation a ${what}`)
  return value
}
