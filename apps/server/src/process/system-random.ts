import { randomBytes } from 'node:crypto'
import type { Random } from '@countersign/core'

/** The system's source of random bytes. */
export const systemRandom: Random = { bytes: (count) => randomBytes(count) }
