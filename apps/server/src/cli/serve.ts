import { deprecationsIn } from '../config/deprecations.ts'
import { settingsHelp } from '../config/documentation.ts'
import { dialects } from '../dialects/registry.ts'
import { gatherLines } from '../log/gathered-lines.ts'
import { createLogger } from '../log/logger.ts'
import { type RunningServer, startServer } from '../serve/running-server.ts'
import { warnOfDeprecations } from '../serve/start-checks.ts'
import { keepMemoryOutOfDumps, supervise } from '../serve/supervise.ts'
import { readArguments } from './command/arguments.ts'
import type { Command } from './command/command.ts'
import { allSettings, configFor } from './command/folder.ts'
import type { Io } from './command/io.ts'
import { refuseRuntimeOptions } from './runtime-options.ts'

const usage = `Usage: countersign serve [flags]

Serves the API until SIGTERM or SIGINT; SIGHUP reloads the TLS certificate. The first start with an empty data folder
creates the owner and prints the password once.
Every flag is also a variable: --retry-window-seconds is COUNTERSIGN_RETRY_WINDOW_SECONDS.

${settingsHelp(allSettings)}
  --issuer-changed
      Confirms that the issuer has changed since the last start. Sessions and tokens of the old issuer become invalid.
  --json
      One line of JSON on standard output when the server is ready, instead of text.
`

const options = { 'issuer-changed': { type: 'boolean' } } as const

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Serve the API.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: allSettings })
    refuseRuntimeOptions()
    const configOf = (port?: number) => configFor(port === undefined ? flags : { ...flags, port: String(port) }, io)
    const lines = gatherLines(io.log, io.process)
    const logger = createLogger({ level: configOf().logLevel, sink: lines })
    keepMemoryOutOfDumps(logger)
    warnOfDeprecations(deprecationsIn({ flags, env: io.env }, dialects), logger)
    const lost = Promise.withResolvers<void>()
    const starting = startServer(configOf, logger, lost.resolve, values['issuer-changed'] === true)
    // A signal during start-up lets the start finish, and then stops the server.
    const ended = supervise({
      stop: async () => {
        const outcome = await (await starting).stop()
        if (outcome === 'cut') logger.warn('connections_cut')
        logger.info('stopped')
      },
      // If the start failed, `run` rejects with its error; a reload has nothing to do.
      reload: () => starting.then((server) => server.reload()).catch(() => undefined),
      lost: lost.promise,
      force: io.exit,
      logger,
      process: io.process,
    })
    const running = await starting
    // Who reads the announcement finds in the log what came before.
    lines.flush()
    announce(running, json, io)
    return ended
  },
}

function announce({ url, consoleUrl, authority, firstOwner }: RunningServer, json: boolean, io: Io): void {
  const { issuer } = authority.config
  if (json) {
    const owner = firstOwner && { username: firstOwner.username, password: firstOwner.password?.reveal() }
    const served = { url, issuer, ...(consoleUrl === undefined ? {} : { console: consoleUrl }) }
    io.out(`${JSON.stringify({ ...served, ...(owner ? { owner } : {}) })}\n`)
    return
  }
  if (firstOwner?.password) {
    // The only place that shows the password.
    io.out(`The owner is "${firstOwner.username}". Shown only this once, password: ${firstOwner.password.reveal()}\n`)
    if (consoleUrl !== undefined) io.out(`Log in with a browser: ${consoleUrl}\n`)
    io.out(`${tryThis(url, firstOwner.username, authority.config.tlsSelfSigned).join('\n')}\n`)
  }
  io.out(`Countersign listens on ${url}\n`)
}

/** Three complete commands: login, call with the token, documentation. `printf` keeps secrets off command lines. */
function tryThis(url: string, username: string, selfSigned: boolean): readonly string[] {
  const curl = selfSigned ? 'curl -sk' : 'curl -s'
  return [
    `  printf '{"username":"${username}","password":"%s"}' "$PASSWORD" | ${curl} ${url}/v1/sessions -H 'Content-Type: application/json' -d @-`,
    `  printf 'Authorization: Bearer %s' "$ACCESS_TOKEN" | ${curl} ${url}/v1/me -H @-`,
    `  ${url}/docs`,
  ]
}
