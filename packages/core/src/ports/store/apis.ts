import type { Api, ApiChange } from '../../model/api.ts'
import type { AuditEvent } from '../../model/audit-event.ts'
import type { Unmet, WriteCondition } from './condition.ts'

/**
 * Registered APIs. `on`: nothing is written if the condition is not met. Default is none.
 *
 * `create` is alone on the order of APIs, `change` and `remove` on the API.
 */
export interface Apis {
  /** One read, which is remembered until a commit. */
  find(id: string): Promise<Api | undefined>
  /** One read, which is remembered until a commit. */
  findByIdentifier(identifier: string): Promise<Api | undefined>
  /** In the order of creation. */
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<ApiPage>
  /** The origins that any API allows. One read, which is remembered until a commit. */
  listOrigins(): Promise<readonly string[]>
  create(api: Api, audit: AuditEvent, on?: WriteCondition): Promise<'created' | 'identifier_taken' | Unmet>
  /** Reads the API and stores it changed (`changedApi`), alone on the API. */
  change(id: string, change: ApiChange, audit: AuditEvent, on?: WriteCondition): Promise<'changed' | 'unknown' | Unmet>
  /** The API is gone, and every Authorization that was for it alone is revoked. */
  remove(id: string, audit: AuditEvent, on?: WriteCondition): Promise<'changed' | 'unknown' | Unmet>
}

export interface ApiPage {
  readonly apis: readonly Api[]
  /** Pass it as `after` for the next page; `undefined` on the last one. */
  readonly next: string | undefined
}
