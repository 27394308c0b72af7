import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { readLine } from '../command/io.ts'
import { timePhrase } from '../command/time-words.ts'
import { readToken, type TokenReading } from './token-form.ts'

const usage = `Usage: countersign token inspect < FILE

Decodes a token from standard input, offline: the signature is not verified, and no server or data folder is used. Use
introspection to find out whether a token is active. The token is read from standard input only, because the shell's
history keeps command lines.

  --json
      One line of JSON on standard output.
`

const titles: Readonly<Record<TokenReading['kind'], string>> = {
  access_token: 'an access token',
  refresh_token: 'a refresh token',
  access_or_refresh_token: 'a session access or refresh token',
  personal_token: 'a personal API token',
  client_secret: 'a client secret',
  jwt_of_another_kind: 'a JWT, but neither an access nor a refresh token of this server',
  unknown: 'no token of this server',
}

const times: Readonly<Record<string, string>> = { iat: 'issued', nbf: 'usable', exp: 'expires' }

export const tokenInspectCommand: Command = {
  name: 'token inspect',
  summary: 'Decode a token without verifying it.',
  async run(args, io) {
    const { json } = readArguments(args, { usage, options: {} })
    const reading = readToken((await readLine(io)).trim())
    if (json) io.out(`${JSON.stringify({ ...reading, verified: false })}\n`)
    else io.out(words(reading, Math.floor(Date.now() / 1000)))
    return reading.kind === 'unknown' ? 1 : 0
  },
}

/** Values are printed as JSON, so that a forged token cannot send control characters to the terminal. */
function words({ form, kind, header, claims, api_id, note }: TokenReading, now: number): string {
  const members = (record: Readonly<Record<string, unknown>>) =>
    Object.entries(record).map(
      ([name, value]) => `  ${printable(name)}: ${printable(value)}${inWords(name, value, now)}`,
    )
  const lines = [
    `This looks like ${titles[kind]}${form === 'unknown' ? '' : ` (${form})`}. Not verified.`,
    ...(header ? ['header', ...members(header)] : []),
    ...(claims ? ['claims', ...members(claims)] : []),
    ...(api_id === undefined ? [] : [`API id: ${printable(api_id)}`]),
    ...(note === undefined ? [] : [note]),
  ]
  return `${lines.join('\n')}\n`
}

const control = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

function printable(value: unknown): string {
  const text = typeof value === 'string' && /^[\w.+-]+$/.test(value) ? value : JSON.stringify(value)
  return text.replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function inWords(name: string, value: unknown, now: number): string {
  const verb = Object.hasOwn(times, name) ? times[name] : undefined
  if (verb === undefined || typeof value !== 'number') return ''
  return `  ${verb === 'expires' && value <= now ? 'expired' : verb} ${timePhrase(value, now)}`
}
