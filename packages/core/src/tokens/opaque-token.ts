import type { KeyObject } from 'node:crypto'
import type { KeySet, SecretPurpose } from '../keys/key-set.ts'
import { idBytes } from '../model/authorization/id.ts'
import { sameBytes } from './digest.ts'
import { macOf } from './mac.ts'

const macBytes = 16
const mac = (key: KeyObject, body: Uint8Array): Buffer => macOf(key, body).subarray(0, macBytes)

const machinePrefix = 'cs_at_'
const machineBodyBytes = 1 + idBytes + 4 + 4 + 4

/** What a client's opaque access token says about itself. */
export interface MachineToken {
  readonly authorizationId: string
  /** Epoch seconds. */
  readonly issuedAt: number
  readonly lifetimeSeconds: number
  /** Tells tokens of one second apart. */
  readonly serial: number
}

/** What an opaque access token for an API says besides, where its Authorization does not tell it. */
export interface ApiToken extends MachineToken {
  readonly apiId: string
  readonly scope: readonly string[]
  /** The clients that act for the subject, the present one first (RFC 8693 §4.1). Empty: it came by no exchange. */
  readonly actors: readonly string[]
  /** The epoch of the client that exchanged it. `undefined`: the built-in one, or it came by no exchange. */
  readonly clientEpoch: number | undefined
  /** The ids of the tokens that it was exchanged from, the last first, as far as they can be revoked by themselves. */
  readonly ancestors: readonly string[]
}

/** Identifies one client token of its Authorization: what is stored when it is revoked by itself. */
export const machineTokenId = (token: MachineToken): string =>
  token.issuedAt.toString(16).padStart(8, '0') + token.serial.toString(16).padStart(8, '0')

/** `cs_at_` + base64url of key number 1 ‖ id 11 ‖ issued at 4 ‖ lifetime 4 ‖ serial 4 ‖ MAC 16. One MAC, nothing stored. */
export function writeMachineToken(keys: KeySet, token: MachineToken): string {
  const body = machineBody(keys, token)
  return machinePrefix + Buffer.concat([body, mac(keys.secret('machine access'), body)]).toString('base64url')
}

/**
 * The same with the API's id (11 bytes) and a text of lines between serial and MAC: the scope, the client's epoch, the ancestors, the actors. A MAC covers the
 * length too, so neither form passes for the other.
 */
export function writeApiToken(
  keys: KeySet,
  { apiId, scope, actors, clientEpoch, ancestors, ...token }: ApiToken,
): string {
  const text = Buffer.from([scope.join(' '), clientEpoch ?? '', ancestors.join(' '), ...actors].join('\n'))
  const body = Buffer.concat([machineBody(keys, token), Buffer.from(apiId, 'hex'), text])
  return machinePrefix + Buffer.concat([body, mac(keys.secret('machine access'), body)]).toString('base64url')
}

const machineBody = (keys: KeySet, token: MachineToken): Buffer => {
  const body = Buffer.alloc(machineBodyBytes)
  body.writeUInt8(keys.number, 0)
  body.write(token.authorizationId, 1, 'hex')
  body.writeUInt32BE(token.issuedAt, 1 + idBytes)
  body.writeUInt32BE(token.lifetimeSeconds, 5 + idBytes)
  body.writeUInt32BE(token.serial, 9 + idBytes)
  return body
}

/** The longest token that is read: a scope of 64 names of 64 characters. */
const longestTextBytes = 6144

/** Reads and authenticates; forgeries end here, before any query. @param keysOf The live set of a number. */
export function readMachineToken(
  text: string,
  keysOf: (number: number) => KeySet | undefined,
): MachineToken | ApiToken | undefined {
  const bytes = Buffer.from(text.slice(machinePrefix.length), 'base64url')
  const length = bytes.length - macBytes
  const isForApi = length >= machineBodyBytes + idBytes && length <= machineBodyBytes + idBytes + longestTextBytes
  if (!isForApi && length !== machineBodyBytes) return undefined
  if (machinePrefix + bytes.toString('base64url') !== text) return undefined
  const body = bytes.subarray(0, length)
  const keys = keysOf(body.readUInt8(0))
  if (!keys || !sameBytes(mac(keys.secret('machine access'), body), bytes.subarray(length))) return undefined
  const token: MachineToken = {
    authorizationId: body.toString('hex', 1, 1 + idBytes),
    issuedAt: body.readUInt32BE(1 + idBytes),
    lifetimeSeconds: body.readUInt32BE(5 + idBytes),
    serial: body.readUInt32BE(9 + idBytes),
  }
  if (!isForApi) return token
  const [scope = '', epoch = '', ancestors = '', ...actors] = body
    .toString('utf8', machineBodyBytes + idBytes)
    .split('\n')
  const apiId = body.toString('hex', machineBodyBytes, machineBodyBytes + idBytes)
  const clientEpoch = epoch === '' ? undefined : Number(epoch)
  return { ...token, apiId, scope: wordsOf(scope), actors, clientEpoch, ancestors: wordsOf(ancestors) }
}

const wordsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(' '))

export const looksLikeMachineToken = (text: string): boolean => text.startsWith(machinePrefix)

const hexBodyBytes = 1 + idBytes + 4
const hexShape = /^[0-9a-f]{64}$/

/** The kinds that are spelled as 64 hex digits; the kind is in the MAC's key, so none passes for another (N-065). */
export type HexPurpose = Extract<SecretPurpose, 'hex access' | 'hex refresh' | 'session cookie'>

export interface HexToken {
  readonly authorizationId: string
  readonly generation: number
}

/** 64 hex digits: key number 1 ‖ id 11 ‖ generation 4 ‖ MAC 16. A pure function of its arguments. */
export function writeHexToken(keys: KeySet, purpose: HexPurpose, token: HexToken): string {
  const body = Buffer.alloc(hexBodyBytes)
  body.writeUInt8(keys.number, 0)
  body.write(token.authorizationId, 1, 'hex')
  body.writeUInt32BE(token.generation, 1 + idBytes)
  return Buffer.concat([body, mac(keys.secret(purpose), body)]).toString('hex')
}

export function readHexToken(
  text: string,
  purpose: HexPurpose,
  keysOf: (number: number) => KeySet | undefined,
): HexToken | undefined {
  if (!hexShape.test(text)) return undefined
  const bytes = Buffer.from(text, 'hex')
  const body = bytes.subarray(0, hexBodyBytes)
  const keys = keysOf(body.readUInt8(0))
  if (!keys || !sameBytes(mac(keys.secret(purpose), body), bytes.subarray(hexBodyBytes))) return undefined
  return { authorizationId: body.toString('hex', 1, 1 + idBytes), generation: body.readUInt32BE(1 + idBytes) }
}

export const looksLikeHexToken = (text: string): boolean => hexShape.test(text)
