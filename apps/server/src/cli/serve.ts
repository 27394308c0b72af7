import { settingsHelp } from '../config/documentation.ts'
import { createLogger } from '../log/logger.ts'
import { type RunningServer, startServer } from '../serve/running-server.ts'
import { keepMemoryOutOfDumps, supervise } from '../serve/supervise.ts'
import { readArguments } from './command/arguments.ts'
import type { Command } from './command/command.ts'
import { allSettings, configFor } from './command/folder.ts'
import type { Io } from './command/io.ts'

const usage = `Usage: countersign serve [flags]

Serves the API until SIGTERM or SIGINT; SIGHUP reads the TLS certificate again. The first one on an empty data folder makes
the owner and prints the password once.
Every flag is also a variable: --retry-window-seconds is COUNTERSIGN_RETRY_WINDOW_SECONDS.

${settingsHelp(allSettings)}
  --issuer-changed
      The issuer is meant to be another one than the last time, although sessions and tokens end by it.
  --json
      One line of JSON on standard output when it serves, in place of words.
`

const options = { 'issuer-changed': { type: 'boolean' } } as const

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Serve the API.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: allSettings })
    const configOf = (port?: number) => configFor(port === undefined ? flags : { ...flags, port: String(port) }, io)
    const logger = createLogger({ level: configOf().logLevel, sink: io.log })
    keepMemoryOutOfDumps(logger)
    const lost = Promise.withResolvers<void>()
    const starting = startServer(configOf, logger, lost.resolve, values['issuer-changed'] === true)
    // From here on: a signal while starting lets the start finish, and stops it then.
    const ended = supervise({
      stop: async () => {
        const outcome = await (await starting).stop()
        if (outcome === 'cut') logger.warn('connections were cut: not everything was answered in time')
        logger.info('stopped')
      },
      // A start that fails says so by itself.
      reload: () => starting.then((server) => server.reload()).catch(() => undefined),
      lost: lost.promise,
      force: io.exit,
      logger,
      process: io.process,
    })
    announce(await starting, json, io)
    return ended
  },
}

function announce({ url, authority, firstOwner }: RunningServer, json: boolean, io: Io): void {
  const { issuer } = authority.config
  if (json) {
    const owner = firstOwner && { username: firstOwner.username, password: firstOwner.password.reveal() }
    io.out(`${JSON.stringify({ url, issuer, ...(owner ? { owner } : {}) })}\n`)
    return
  }
  if (firstOwner) {
    // The one place and time at which it is shown.
    io.out(`The owner is "${firstOwner.username}". Shown only this once, password: ${firstOwner.password.reveal()}\n`)
    io.out(`${tryThis(url, firstOwner.username, authority.config.tlsSelfSigned).join('\n')}\n`)
  }
  io.out(`Countersign listens on ${url}\n`)
}

/** Three lines, each whole: a login, a call with its token, the documentation. `printf` keeps secrets off command lines. */
function tryThis(url: string, username: string, selfSigned: boolean): readonly string[] {
  const curl = selfSigned ? 'curl -sk' : 'curl -s'
  return [
    `  printf '{"username":"${username}","password":"%s"}' "$PASSWORD" | ${curl} ${url}/v1/sessions -H 'Content-Type: application/json' -d @-`,
    `  printf 'Authorization: Bearer %s' "$ACCESS_TOKEN" | ${curl} ${url}/v1/me -H @-`,
    `  ${url}/docs`,
  ]
}
