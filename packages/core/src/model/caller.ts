import type { Authorization } from './authorization/authorization.ts'
import type { Subject } from './principals/subject.ts'
import type { RequestContext } from './request-context.ts'

/** The caller and its address: the last argument of every use case that writes or counts anything. */
export interface Caller {
  /** The authenticated user or client. `undefined`: a login, the command line, or the server itself. */
  readonly subject?: Subject | undefined
  readonly context: RequestContext
  /**
   * The Authorization that the caller presents. A write that it requests happens only if it is active in the same commit.
   * `undefined`: the caller presents none.
   */
  readonly authorization?: Authorization | undefined
}

/** A caller whose access token was checked. */
export interface SessionCaller extends Caller {
  readonly subject: Subject
  readonly authorization: Authorization
}

export const callerOf = (authorization: Authorization, context: RequestContext): SessionCaller => ({
  subject: authorization.subject,
  context,
  authorization,
})

/** The command line, or the server itself: no subject, no address, no request. */
export const localCaller: Caller = { context: { address: undefined, requestId: undefined } }
