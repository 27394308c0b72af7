import type { DatabaseSync } from 'node:sqlite'

/*
 * What a restore ends, by raising epochs: one write for each user and client, however many tokens they have. The holder of the
 * master key also revokes the key sets. Runs in a transaction of the caller.
 */

/** Ends every session, and every token that is signed for clients. Personal tokens and secrets stay valid. */
export const endSessions = (db: DatabaseSync, now: number): void => {
  db.exec('update users set sessions_epoch = sessions_epoch + 1, version = version + 1')
  db.prepare(`update authorizations set revoked_at = ? where revoked_at is null and kind = 'fixed'`).run(now)
}

/**
 * Ends every bearer credential: sessions, personal tokens, clients' secrets, access and API keys, recovery codes, pending TOTP
 * secrets. Passwords and confirmed TOTP secrets stay.
 *
 * @param lastStep The last TOTP step of which a code may have been spent already (RFC 6238 §5.2).
 */
export const endCredentials = (db: DatabaseSync, now: number, lastStep: number): void => {
  db.exec(`update users set
    sessions_epoch = sessions_epoch + 1, personal_epoch = sessions_epoch + 1, version = version + 1`)
  db.exec('update clients set epoch = epoch + 1')
  db.prepare('update client_credentials set revoked_at = ? where revoked_at is null').run(now)
  db.exec(`delete from enrolments where slot = 'pending'`)
  db.exec('delete from recovery_codes')
  db.prepare('update enrolments set last_step = max(last_step, ?)').run(lastStep)
  db.exec(`update marks set value = value + 1 where name = 'keys_revision'`)
}
