import { isIP } from 'node:net'
import { addressPrefix, localCaller, type UnlockTerms } from '@countersign/core'
import { readArguments, required, UsageError } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, foundOr, withAuthority } from '../command/folder.ts'

const mostMinutes = 60

const usage = `Usage: countersign unlock -u NAME [--for ADDRESS | --minutes N]

Resets the counters of wrong passwords and codes of a user, from all addresses, including the hard limit for codes.
If an attacker keeps guessing, the account is soon locked for unknown addresses again; --for exempts one address.

  -u, --username NAME
  --for ADDRESS
      Reset no counter. Make this IP address known instead, as a login from it does: an IPv4 address, or the /64 of an IPv6
      address. Wrong guesses from other addresses do not delay it, for 90 days after the last login from it.
  --minutes N
      In addition, wrong guesses from unknown addresses cause no delay for N minutes, at most ${mostMinutes}. The limits per
      address and for codes still apply.
${folderHelp}
`

const options = {
  username: { type: 'string', short: 'u' },
  for: { type: 'string' },
  minutes: { type: 'string' },
} as const

export const unlockCommand: Command = {
  name: 'unlock',
  summary: 'Unlock a user after too many wrong guesses.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const username = required(values.username, '-u NAME', usage)
    const { terms, answer, sentence } = readTerms(values)
    await withAuthority(flags, io, async ({ useCases: { users } }) => {
      const user = await foundOr(`there is no ${username}`, users.getByName(username))
      await users.unlock({ user, ...terms }, localCaller)
    })
    io.out(json ? `${JSON.stringify({ username, unlocked: true, ...answer })}\n` : `Unlocked ${username}${sentence}.\n`)
    return 0
  },
}

interface Terms {
  readonly terms: UnlockTerms
  readonly answer: object
  readonly sentence: string
}

/** @throws UsageError */
function readTerms({ for: address, minutes }: { readonly for?: string; readonly minutes?: string }): Terms {
  if (address !== undefined && minutes !== undefined) {
    throw new UsageError('--for and --minutes exclude each other', usage)
  }
  if (address !== undefined) {
    if (isIP(address) === 0) throw new UsageError('--for is an IPv4 or IPv6 address', usage)
    const prefix = addressPrefix(address)
    return { terms: { knownAddress: address }, answer: { for: prefix }, sentence: ` for ${prefix}` }
  }
  if (minutes === undefined) return { terms: {}, answer: {}, sentence: '' }
  const number = /^[1-9]\d?$/.test(minutes) ? Number(minutes) : undefined
  if (number === undefined || number > mostMinutes) {
    throw new UsageError(`--minutes is a whole number from 1 to ${mostMinutes}`, usage)
  }
  const unit = number === 1 ? 'minute' : 'minutes'
  return {
    terms: { suspendedSeconds: number * 60 },
    answer: { minutes: number },
    sentence: `; guesses of unknown callers cause no delay for ${number} ${unit}`,
  }
}
