import type { DatabaseSync } from 'node:sqlite'
import { issuingSeconds, longestAccessSeconds } from '@countersign/core'
import { everyone } from '../revocations/write.ts'

/**
 * Begins the revocation feed anew: with another id, so that readers drop their positions and read from the beginning, and with two
 * entries that make every token doubtful that was issued before. What the backup and the replaced database had in their feeds is
 * covered by these. Positions go on. Runs in a transaction of the caller.
 *
 * @param now Epoch seconds.
 */
export const renewFeed = (db: DatabaseSync, now: number): void => {
  db.exec(`update main.served set value = lower(hex(randomblob(11))) where name = 'feed'`)
  db.exec(`update main.marks set value = (select value from main.marks where name = 'revocations_given')
    where name = 'revocations_forgotten'`)
  db.exec('delete from main.revocations')
  const highWater = Number(db.prepare(`select value from main.marks where name = 'clock_high_water'`).get()?.value)
  const before = Math.max(now, highWater) + issuingSeconds
  for (const kind of ['subject', 'client']) {
    db.exec(`update main.marks set value = value + 1 where name = 'revocations_given'`)
    db.prepare(
      `insert into main.revocations (sequence, kind, id, "before", "until")
         select value, ?, ?, ?, ? from main.marks where name = 'revocations_given'`,
    ).run(kind, everyone, before, before + longestAccessSeconds)
  }
}
