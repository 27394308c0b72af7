import { type Api, AuthError, isApiIdentifier } from '@countersign/core'
import type { Authority } from '../../compose/authority.ts'
import { Refusal } from '../command/io.ts'

/**
 * Finds an API by its identifier or its id. An identifier has a colon, and an id has none.
 *
 * @throws Refusal if there is none.
 */
export async function findApi({ useCases: { apis } }: Authority, named: string): Promise<Api> {
  try {
    return await (isApiIdentifier(named) ? apis.getByIdentifier(named) : apis.get(named))
  } catch (error) {
    const isMissing = error instanceof AuthError && (error.code === 'api_unknown' || error.code === 'not_found')
    throw isMissing ? new Refusal(`there is no API ${named}: "countersign apis list" lists them`) : error
  }
}
