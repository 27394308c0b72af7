// The audit row is written a moment after its change, in a commit of its own.
import { makeLater } from './drivers/driver.ts'

makeLater((sql) => /^insert into "(?:audit|rotations)"/.test(sql), 5)
