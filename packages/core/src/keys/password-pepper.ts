import { hkdfSync } from 'node:crypto'
import type { Random } from '../ports/system/random.ts'
import { type MasterKey, seal, unseal } from './sealing.ts'

/*
 * Password hashes depend on a pepper that is derived from the first master key. It cannot be replaced without the passwords. When
 * the master key is replaced, the pepper is kept sealed under the new one, and the hashes are sealed, too: then the old key and the
 * database together do not allow guessing passwords.
 */

const pepperContext = 'password pepper'
const hashContext = 'password hash'
const mark = '$sealed$'

/**
 * The pepper of password hashes.
 *
 * @param sealed What the database keeps of it; `undefined` as long as the master key was never replaced.
 * @throws SealError under another master key.
 */
export const passwordPepper = (sealed: Uint8Array | undefined, masterKey: MasterKey): Uint8Array =>
  sealed === undefined
    ? new Uint8Array(hkdfSync('sha256', masterKey, '', 'countersign password pepper', 32))
    : unseal(sealed, pepperContext, masterKey)

export const sealPepper = (pepper: Uint8Array, masterKey: MasterKey, random: Random): Uint8Array =>
  seal(pepper, pepperContext, masterKey, random)

/** A hash as it is stored since the master key was replaced for the first time. */
export const sealHash = (hash: string, masterKey: MasterKey, random: Random): string =>
  mark + Buffer.from(seal(Buffer.from(hash), hashContext, masterKey, random)).toString('base64')

/** A stored hash in its own form. One that is not sealed stays as it is. @throws SealError under another master key. */
export const openHash = (stored: string, masterKey: MasterKey): string =>
  stored.startsWith(mark)
    ? Buffer.from(unseal(Buffer.from(stored.slice(mark.length), 'base64'), hashContext, masterKey)).toString()
    : stored
