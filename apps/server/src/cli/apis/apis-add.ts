import { type ApiTokenType, AuthError, localCaller, type NewApi, type TokenForm } from '@countersign/core'
import { listedApi } from '../../native/wire/apis-wire.ts'
import { oneOfWords, readArguments, required, UsageError } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'
import { apiWords } from './api-words.ts'
import { readScopeArgument } from './scope-argument.ts'

const usage = `Usage: countersign apis add URI --name NAME [--scope "NAME[=ROLE] DESCRIPTION"]… [--token-form jwt|opaque]
       [--token-typ at+jwt|jwt] [--access-lifetime SECONDS] [--allowed-origin ORIGIN]… [--no-first-party]

Registers an API that tokens can be meant for. Users may have tokens for it at once (unless --no-first-party is given); a
client may with "create-client --api URI". For example:

  countersign apis add https://orders.example --name Orders \\
    --scope 'orders:read See orders.' \\
    --scope 'orders:write=manager Change orders.'

  URI
      Its identifier: an absolute URI without a fragment, at most 256 characters. It is the "resource" of token requests and
      the "aud" of its tokens, and is compared character by character.
  --name NAME
      1 to 64 printable characters, for people.
  --scope "NAME[=ROLE] DESCRIPTION"
      A scope, the least role of a user or client that may have it (viewer, manager or owner; default: viewer), and what it
      permits, in a sentence. The name ends at the first space; the last "=" in it begins the role. Can be repeated.
  --token-form jwt|opaque
      jwt if the API verifies tokens itself, opaque if it introspects them. Default: the client's.
  --token-typ at+jwt|jwt
      The "typ" of its JWTs. jwt is for verifiers that accept no other. Default: at+jwt (RFC 9068).
  --access-lifetime SECONDS
      Lifetime of its access tokens: 60 to 3600 seconds. Default: that of the session or the client.
  --allowed-origin ORIGIN
      Origin of pages that may use its tokens (CORS): https://HOST[:PORT], or http:// on a loopback host. These pages see the
      passwords of users who log in there. Can be repeated.
  --first-party, --no-first-party
      Whether every user may have tokens for it without a registered client. Default: --first-party.
${folderHelp}
`

const options = {
  name: { type: 'string' },
  scope: { type: 'string', multiple: true },
  'token-form': { type: 'string' },
  'token-typ': { type: 'string' },
  'access-lifetime': { type: 'string' },
  'allowed-origin': { type: 'string', multiple: true },
  'first-party': { type: 'boolean' },
  'no-first-party': { type: 'boolean' },
} as const

const tokenForms: readonly TokenForm[] = ['jwt', 'opaque']
const tokenTypes: readonly ApiTokenType[] = ['at+jwt', 'jwt']

export const apisAddCommand: Command = {
  name: 'apis add',
  summary: 'Register an API that tokens can be meant for.',
  async run(args, io) {
    const { values, positionals, json, flags } = readArguments(args, {
      usage,
      options,
      positionals: ['URI'],
      settings: folderSettings,
    })
    const [identifier = ''] = positionals
    const given = readApi(identifier, values)
    const api = await withAuthority(flags, io, ({ useCases }) => useCases.apis.create(given, localCaller)).catch(
      asUsage,
    )
    io.out(json ? `${JSON.stringify(listedApi(api))}\n` : apiWords(api))
    return 0
  },
}

interface Given {
  readonly name?: string | undefined
  readonly scope?: readonly string[] | undefined
  readonly 'token-form'?: string | undefined
  readonly 'token-typ'?: string | undefined
  readonly 'access-lifetime'?: string | undefined
  readonly 'allowed-origin'?: readonly string[] | undefined
  readonly 'first-party'?: boolean | undefined
  readonly 'no-first-party'?: boolean | undefined
}

function readApi(identifier: string, given: Given): NewApi {
  const form = given['token-form']
  const seconds = given['access-lifetime']
  if (given['first-party'] && given['no-first-party']) {
    throw new UsageError('--first-party and --no-first-party exclude each other', usage)
  }
  if (seconds !== undefined && !/^\d{1,10}$/.test(seconds)) {
    throw new UsageError('--access-lifetime is a whole number of seconds', usage)
  }
  return {
    identifier,
    name: required(given.name, '--name', usage),
    scopes: (given.scope ?? []).map((text) => readScopeArgument(text, usage)),
    tokenForm: form === undefined ? undefined : oneOfWords(form, tokenForms, '--token-form', usage),
    tokenType: oneOfWords(given['token-typ'] ?? 'at+jwt', tokenTypes, '--token-typ', usage),
    accessLifetimeSeconds: seconds === undefined ? undefined : Number(seconds),
    allowedOrigins: [...new Set(given['allowed-origin'] ?? [])],
    firstParty: given['no-first-party'] !== true,
  }
}

/** A rule of the domain about a value is bad usage here. */
function asUsage(error: unknown): never {
  throw error instanceof AuthError && error.code === 'api_invalid' ? new UsageError(error.detail, usage) : error
}
