import { PlainToken, type Random } from '@countersign/core'

/** 144 bits: 24 letters, digits, `-` and `_`, which need no quoting in a shell or in JSON. */
const passwordBytes = 18

/** A random password. It is not stored; the caller shows it once. */
export const newPassword = (random: Random): PlainToken =>
  new PlainToken(Buffer.from(random.bytes(passwordBytes)).toString('base64url'))
