import { belongsTo } from './code-points.ts'

const otherSpaces = /\p{Zs}/gu

/**
 * The OpaqueString profile (RFC 8265 §4.2), by which passwords are compared: every space is U+0020, then NFC. Width and
 * letter case stay.
 *
 * @returns `undefined` if the text is empty or has a code point that the FreeformClass disallows: a control character, one
 * that is ignored when shown, one that Unicode has not assigned.
 */
export function opaqueString(text: string): string | undefined {
  const prepared = text.replace(otherSpaces, ' ').normalize('NFC')
  return prepared !== '' && belongsTo('freeform', prepared) ? prepared : undefined
}
