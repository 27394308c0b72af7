// The ownership is transferred in two commits: the new owner is promoted a moment after the old one was demoted.
import { makeLater } from './drivers/driver.ts'

// Only the promotion of the new owner checks whether the user is disabled.
makeLater((sql) => sql.startsWith('update "users" set "role" = ') && sql.includes('"disabled_at" is null'), 20)
