import { PlainToken, type Random } from '@countersign/core'

/** 144 bits: 24 letters, digits, `-` and `_`, which no shell and no JSON needs to quote. */
const passwordBytes = 18

/** A password that nobody chose. Kept nowhere: whoever shows it shows it once. */
export const newPassword = (random: Random): PlainToken =>
  new PlainToken(Buffer.from(random.bytes(passwordBytes)).toString('base64url'))
