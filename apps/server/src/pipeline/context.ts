import {
  type Access,
  type Caller,
  type Client,
  callerOf,
  type ProvenUser,
  type RequestContext,
  type SessionCaller,
} from '@countersign/core'
import type { DropletCaller } from '@countersign/resources'

/** The client of an OAuth request: registered and authenticated, or the public first-party client. */
export type PresentedClient =
  | { readonly kind: 'registered'; readonly client: Client }
  | { readonly kind: 'public'; readonly clientId: string }

/** A credential that is itself the grant. The handler verifies it. */
export type PresentedGrant =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'refresh'; readonly token: string }

/** What the request presents, as the pipeline has checked it before the handler is called. */
export interface Presented {
  readonly access?: Access | undefined
  /** Whether the access token is a browser's session cookie. Default: false. */
  readonly byCookie?: boolean | undefined
  /**
   * Checks the access token again, for an answer that goes on for long.
   *
   * @throws AuthError if it is no longer active, or no longer permits the operation.
   */
  readonly recheck?: (() => Promise<Access>) | undefined
  readonly client?: PresentedClient | undefined
  readonly grant?: PresentedGrant | undefined
  /** The session cookie sent with a public operation. It does not authenticate the request. */
  readonly cookie?: string | undefined
}

/** What a request says of its sender. */
export type Sender = Pick<Context, 'accept' | 'acceptEncoding' | 'isNavigation' | 'isCrossOrigin' | 'requireOriginAt'>

/** For a request whose origin need not be listed. */
export const anyOrigin = async (): Promise<void> => {}

/** What a handler gets besides its input. */
export class Context {
  readonly #requestContext: RequestContext
  /** The request's `Accept` header, or an empty string. */
  readonly accept: string
  /** The request's `Accept-Encoding` header, or an empty string. */
  readonly acceptEncoding: string
  /** Whether a browser asks for a page that it shows (Fetch Metadata), and not a script of a page. */
  readonly isNavigation: boolean
  /** Whether a page of another origin sent the request. It gets no session cookie. */
  readonly isCrossOrigin: boolean
  /**
   * Refuses a page of another origin that this API does not list. Called where the request itself does not name the API.
   *
   * @param audience The API's identifier.
   * @throws RequestError `origin_refused`.
   */
  readonly requireOriginAt: (audience: string) => Promise<void>
  /** For the log. */
  readonly presented: Presented

  readonly #proof: ProvenUser | undefined

  /** @param proof The proven user, where the contract requires a recent login. */
  constructor(
    requestContext: RequestContext,
    presented: Presented,
    {
      accept = '',
      acceptEncoding = '',
      isNavigation = false,
      isCrossOrigin = false,
      requireOriginAt = anyOrigin,
    }: Partial<Sender> = {},
    proof?: ProvenUser,
  ) {
    this.#proof = proof
    this.#requestContext = requestContext
    this.presented = presented
    this.accept = accept
    this.acceptEncoding = acceptEncoding
    this.isNavigation = isNavigation
    this.isCrossOrigin = isCrossOrigin
    this.requireOriginAt = requireOriginAt
  }

  /** The caller, as use cases take it. */
  get by(): Caller {
    return this.presented.access ? this.session : { context: this.#requestContext }
  }

  /** The caller of an operation that the contract protects. */
  get session(): SessionCaller {
    return callerOf(this.access.authorization, this.#requestContext)
  }

  /** The verified access token. Every operation that the contract protects has one. */
  get access(): Access {
    return required(this.presented.access, 'access token')
  }

  /** Checks the access token again. Every operation that the contract protects has one. */
  get recheck(): () => Promise<Access> {
    return required(this.presented.recheck, 'access token')
  }

  /** The caller, with a recent login or credentials in the body, where the contract says `proof: recent`. */
  get proof(): ProvenUser {
    return required(this.#proof, 'proof')
  }

  /** The same where the contract may require it; `undefined` where it does not. */
  get proven(): ProvenUser | undefined {
    return this.#proof
  }

  /** The client, where the contract says `presented: client`. */
  get client(): PresentedClient {
    return required(this.presented.client, 'client')
  }

  /** The grant, where the contract says `presented: grant`. */
  get grant(): PresentedGrant {
    return required(this.presented.grant, 'grant')
  }

  /** The session cookie sent with a public operation, unverified. `undefined` if there is none, or more than one. */
  get cookie(): string | undefined {
    return this.presented.cookie
  }
}

/** The caller as the droplets' audit trail records it. */
export const dropletCallerOf = ({ access, by: { subject, context } }: Context): DropletCaller => ({
  actor: subject,
  name: access.subject.name,
  address: context.address,
  requestId: context.requestId,
})

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the contract declares no ${what} for this operation`)
  return value
}
