import { settingsHelp } from '../config/documentation.ts'
import { urlOf } from '../config/issuer.ts'
import { systemCode } from '../data-folder/system-error.ts'
import { http, https } from '../http/node-http.ts'
import { readArguments } from './command/arguments.ts'
import type { Command } from './command/command.ts'
import { allSettings, configFor } from './command/folder.ts'

const flags = ['host', 'port', 'tls-cert', 'tls-key', 'tls-self-signed']
const readySettings = allSettings.filter(({ flag }) => flags.includes(flag))

const usage = `Usage: countersign ready

Asks the server of these settings on this machine whether it serves requests (GET /readyz). Exit status 1 if not. For the
health check of a container, which has no other program.

${settingsHelp(readySettings)}
  --json
      One line of JSON on standard output.
`

const longestMilliseconds = 5000

export const readyCommand: Command = {
  name: 'ready',
  summary: 'Ask the running server whether it serves requests.',
  async run(args, io) {
    const { json, flags } = readArguments(args, { usage, options: {}, settings: readySettings })
    // The issuer does not matter here, and it has no default where the server listens on all addresses.
    const { host, port, tlsCert, tlsSelfSigned } = configFor({ ...flags, issuer: 'http://127.0.0.1' }, io)
    const url = urlOf({ host: reachable(host), port, encrypted: tlsSelfSigned || tlsCert !== undefined })
    const answer = await ask(`${url}/readyz`)
    const ready = answer === 200
    if (json) io.out(`${JSON.stringify({ url, ready, answer })}\n`)
    else io.out(`${url} ${ready ? 'is ready' : `is not ready (${answer})`}\n`)
    return ready ? 0 : 1
  },
}

/** A server that listens on all addresses is reached by the loopback address. */
const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

/** The status, or why there is none. */
function ask(url: string): Promise<number | string> {
  return new Promise((resolve) => {
    // Nothing secret is sent or believed, and the certificate is for the public name.
    const options = { timeout: longestMilliseconds, rejectUnauthorized: false, agent: false as const }
    const send = url.startsWith('https:') ? https.request : http.request
    send(url, options, (response) => {
      response.resume()
      resolve(response.statusCode ?? 'no status')
    })
      .on('timeout', function (this: { destroy(): unknown }) {
        this.destroy()
        resolve('timeout')
      })
      .on('error', (error) => resolve(systemCode(error) ?? 'no response'))
      .end()
  })
}
