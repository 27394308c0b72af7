import { createHmac, type KeyObject } from 'node:crypto'
import { type Domain, sameBytes } from '@countersign/core'
import { RequestError } from '../../http/errors.ts'

const macBytes = 16

/**
 * Signed positions in a list, for the next page. A cursor is bound to the list and to its owner, so that it cannot be
 * forged or used elsewhere (N-181).
 */
export class Cursors {
  readonly #deps: Pick<Domain, 'keys' | 'clock'>

  constructor(deps: Pick<Domain, 'keys' | 'clock'>) {
    this.#deps = deps
  }

  /** @param list Names the list and its owner, e.g. `authorizations:` and an id. */
  write(list: string, position: string): string {
    const { keys, clock } = this.#deps
    const set = keys().current(clock.latest())
    const body = Buffer.concat([Buffer.of(set.number), Buffer.from(position)])
    return Buffer.concat([this.#mac(set.secret('cursor'), list, body), body]).toString('base64url')
  }

  /** @throws RequestError `request_invalid` for anything that `write` did not return for this list. */
  read(list: string, cursor: string): string {
    const { keys, clock } = this.#deps
    const bytes = Buffer.from(cursor, 'base64url')
    const body = bytes.subarray(macBytes)
    const set = body.length > 1 ? keys().forSecret(body.readUInt8(0), clock.latest()) : undefined
    if (!set || !sameBytes(this.#mac(set.secret('cursor'), list, body), bytes.subarray(0, macBytes))) {
      throw new RequestError('request_invalid', 'The cursor does not belong to this list.')
    }
    return body.toString('utf8', 1)
  }

  #mac(key: KeyObject, list: string, body: Uint8Array): Buffer {
    return createHmac('sha256', key).update(`${list}\n`).update(body).digest().subarray(0, macBytes)
  }
}
