import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createClient, passwordSession } from '@countersign/client'
import { fileStore } from '@countersign/client/node'
import { type Message, type Phase, phases } from './session-message.ts'

/** What came of a run. */
export interface Outcome {
  /** Calls that were answered. */
  readonly served: number
  /** Calls that failed since their network failed. */
  readonly lost: number
  /** Why somebody was logged out: must be empty. */
  readonly loggedOut: readonly string[]
  /** Different records that were seen in the store. */
  readonly records: number
  /** How many processes were killed in each phase. */
  readonly killed: Readonly<Record<Phase, number>>
}

/**
 * Lets processes work on one session until the store has seen `records` records. One of them is always doomed: it dies
 * in the next phase of a refresh, and another takes its place.
 */
export async function shareSession(
  baseUrl: string,
  path: string,
  options: { processes: number; records: number; password: string },
): Promise<Outcome> {
  const store = fileStore(path)
  const auth = passwordSession({ username: 'ada', password: options.password, store, relogin: false })
  const client = createClient({ baseUrl, auth })
  await client.GET('/v1/me')

  const killed: Record<Phase, number> = { reading: 0, sending: 0, sent: 0, answered: 0, storing: 0, stored: 0 }
  const keys = new Set<string>()
  const outcome = { served: 0, lost: 0, loggedOut: [] as string[], killed }
  const living = new Set<ChildProcess>()
  let over = false
  let deaths = 0
  const finished = Promise.withResolvers<void>()
  const start = (phase: Phase | undefined): void => {
    const program = new URL('./session-process.ts', import.meta.url)
    const child = fork(program, [baseUrl, path, ...(phase ? [phase] : [])], { execArgv: ['--conditions=countersign'] })
    living.add(child)
    child.on('message', async (message: Message) => {
      if (message.kind === 'served') outcome.served += 1
      if (message.kind === 'lost') outcome.lost += 1
      if (message.kind === 'logged out') outcome.loggedOut.push(message.reason)
      const record = await store.read()
      if (record) keys.add(record.retryKey)
      if (keys.size >= options.records || outcome.loggedOut.length > 0) {
        over = true
        finished.resolve()
      }
    })
    child.on('exit', (code, signal) => {
      living.delete(child)
      if (signal === 'SIGKILL' && phase) killed[phase] += 1
      else if (code !== 0) outcome.loggedOut.push(`a process ended with ${code ?? signal}`)
      deaths += 1
      if (!over) start(phase && phases[deaths % phases.length])
    })
  }
  for (let index = 1; index < options.processes; index += 1) start(undefined)
  start(phases[0])
  await finished.promise
  await Promise.all([...living].map(stop))
  const last = await client.GET('/v1/me').catch((error: unknown) => String(error))
  if (typeof last === 'string' || !last.response.ok) outcome.loggedOut.push('the first process')
  return { ...outcome, records: keys.size }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  if (child.connected) child.send('stop')
  await ended
}
