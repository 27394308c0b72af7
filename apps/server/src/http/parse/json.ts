// Strict JSON (RFC 8259 with the restrictions of I-JSON, RFC 7493): every parser reads an accepted text alike. Not
// `JSON.parse`, which keeps the last of two equal names, accepts lone surrogates and NUL, turns 1E400 into infinity,
// and quotes the body in its error message.
import { isUtf8 } from 'node:buffer'
import { RequestError } from '../errors.ts'

export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue }
export type JsonObject = { [name: string]: JsonValue }

const depthLimit = 16

const malformed = 'The body is not valid JSON.'
const details = {
  malformed,
  unicode: 'The body is not valid Unicode text in UTF-8.',
  nul: 'A text in the body has the character U+0000 in it.',
  depth: 'The body is nested too deeply.',
  name: 'An object of the body has a member name that is not allowed.',
  repeated: 'An object of the body has the same member twice.',
  number: 'The body has a number out of range.',
  root: 'The body is not a JSON object.',
} as const

const refuse = (reason: keyof typeof details): never => {
  throw new RequestError('request_invalid', details[reason])
}

const numberGrammar = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 names exactly these
const needsCare = /[\\\u0000-\u001f\ud800-\udfff]/

const prototypeNames: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])

/**
 * Whether a member name would reach the prototype of the parsed object. All names of `Object.prototype` are refused,
 * not only `__proto__`, so that `value.toString` of a parsed object never comes from a client.
 */
export const reachesPrototype = (name: string): boolean => prototypeNames.has(name)

/**
 * Parses a JSON text strictly.
 *
 * Beyond the grammar it refuses: bytes that are not UTF-8, a byte order mark, lone surrogates, NUL, equal member names,
 * names that reach a prototype, more than 16 levels, and numbers beyond a double. `-0` is read as `0`.
 *
 * @throws RequestError `request_invalid` with a constant detail.
 */
export function parseJson(bytes: Uint8Array): JsonValue {
  if (!isUtf8(bytes)) refuse('unicode')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const parser = new StrictParser(text)
  return parser.document()
}

/**
 * As `parseJson`, but only for an object, the only root of a body in the contract.
 *
 * @throws RequestError `request_invalid` with a constant detail.
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
  const value = parseJson(bytes)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return refuse('root')
  return value
}

class StrictParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonValue {
    const value = this.#value(1)
    this.#space()
    if (this.#at !== this.#text.length) refuse('malformed')
    return value
  }

  /** Skips white space and returns the code of the next character, or NaN at the end. */
  #space(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code
      this.#at++
    }
  }

  #value(depth: number): JsonValue {
    switch (this.#space()) {
      case 0x7b:
        return this.#object(depth)
      case 0x5b:
        return this.#array(depth)
      case 0x22:
        return this.#string()
      case 0x74:
        return this.#word('true', true)
      case 0x66:
        return this.#word('false', false)
      case 0x6e:
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(depth: number): JsonObject {
    if (depth > depthLimit) refuse('depth')
    const object: JsonObject = {}
    this.#at++
    if (this.#space() === 0x7d) {
      this.#at++
      return object
    }
    for (;;) {
      if (this.#space() !== 0x22) refuse('malformed')
      const name = this.#string()
      if (reachesPrototype(name)) refuse('name')
      if (name in object) refuse('repeated')
      if (this.#space() !== 0x3a) refuse('malformed')
      this.#at++
      object[name] = this.#value(depth + 1)
      if (this.#continues(0x7d)) continue
      return object
    }
  }

  #array(depth: number): JsonValue[] {
    if (depth > depthLimit) refuse('depth')
    const array: JsonValue[] = []
    this.#at++
    if (this.#space() === 0x5d) {
      this.#at++
      return array
    }
    do array.push(this.#value(depth + 1))
    while (this.#continues(0x5d))
    return array
  }

  /** After a member or element: `true` at a comma, `false` at the closing bracket. Consumes it. */
  #continues(closing: number): boolean {
    const code = this.#space()
    if (code !== 0x2c && code !== closing) refuse('malformed')
    this.#at++
    return code === 0x2c
  }

  #string(): string {
    const start = this.#at
    const text = this.#text
    let end = text.indexOf('"', start + 1)
    if (end < 0) return refuse('malformed')
    const plain = text.slice(start + 1, end)
    if (!needsCare.test(plain)) {
      this.#at = end + 1
      return plain
    }
    // A quote is escaped if the number of backslashes before it is odd.
    while (isEscaped(text, end)) {
      end = text.indexOf('"', end + 1)
      if (end < 0) return refuse('malformed')
    }
    this.#at = end + 1
    return decodeLiteral(text.slice(start, end + 1))
  }

  #number(): number {
    numberGrammar.lastIndex = this.#at
    const match = numberGrammar.exec(this.#text)
    if (match === null) return refuse('malformed')
    this.#at += match[0].length
    const value = Number(match[0])
    if (!Number.isFinite(value)) refuse('number')
    return value === 0 ? 0 : value
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) refuse('malformed')
    this.#at += word.length
    return value
  }
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0
  for (let i = quote - 1; text.charCodeAt(i) === 0x5c; i--) backslashes++
  return backslashes % 2 === 1
}

function decodeLiteral(literal: string): string {
  let value = ''
  try {
    value = JSON.parse(literal) as string
  } catch {
    // The engine's error quotes the literal, which may be a password; it is dropped on purpose.
    refuse('malformed')
  }
  if (!value.isWellFormed()) refuse('unicode')
  if (value.includes('\0')) refuse('nul')
  return value
}
