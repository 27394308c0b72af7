import type { Clock } from '../../ports/system/clock.ts'
import type { Random } from '../../ports/system/random.ts'

const timeBytes = 5
const randomBytes = 6
/** Length of an id in bytes, as opaque tokens carry it. */
export const idBytes = timeBytes + randomBytes

const shape = /^[0-9a-f]{22}$/

/** A new id: 5 bytes of epoch seconds and 6 random bytes, as 22 lower-case hex digits. Sorts by time, cannot be guessed. */
export function newId(clock: Clock, random: Random): string {
  const bytes = Buffer.alloc(idBytes)
  bytes.writeUIntBE(clock.now(), 0, timeBytes)
  bytes.set(random.bytes(randomBytes), timeBytes)
  return bytes.toString('hex')
}

export const isId = (value: unknown): value is string => typeof value === 'string' && shape.test(value)
