// Many processes on one session: starts them, has one killed in each phase of a refresh, and hears what happens to the
// others.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type Client, createClient, isClientError, passwordSession } from '@countersign/client'
import { fileStore } from '@countersign/client/node'
import { type Message, type Order, type Phase, phases } from './session-message.ts'

export interface SharedSessionOptions {
  readonly username: string
  /** Shown once, by the process that begins the session. */
  readonly password: string
  readonly processes: number
  /** How many records the store must have seen at least: each but the first is a refresh. */
  readonly records: number
  /** Ends the run early. */
  readonly signal: AbortSignal
}

/** What came of a run. */
export interface Outcome {
  /** Calls that were answered. */
  readonly served: number
  /** Calls that failed since their network failed. */
  readonly lost: number
  /** Why somebody was logged out: must be empty. */
  readonly loggedOut: readonly string[]
  /** The server's names for the sessions that were used: must be one. */
  readonly sessions: readonly string[]
  /** Different records that were seen in the store. */
  readonly records: number
  /** How many processes were killed in each phase. */
  readonly killed: Readonly<Record<Phase, number>>
}

/**
 * Lets processes work on one session until the store has seen so many records and one died in each phase, or somebody is
 * logged out. One of the processes is always doomed: it dies in the next phase of a refresh, and another takes its place.
 *
 * The session begins when all of them are up: a machine that is busy with starting them loses more answers than the
 * network does.
 *
 * @param path The folder of the store.
 */
export async function shareSession(baseUrl: string, path: string, options: SharedSessionOptions): Promise<Outcome> {
  const { username, password } = options
  const store = fileStore(path)
  const client = createClient({ baseUrl, auth: passwordSession({ username, password, store, relogin: false }) })

  const killed: Record<Phase, number> = { reading: 0, sending: 0, sent: 0, answered: 0, storing: 0, stored: 0 }
  const keys = new Set<string>()
  const sessions = new Set<string>()
  const outcome = { served: 0, lost: 0, loggedOut: [] as string[], killed }
  const living = new Set<ChildProcess>()
  const finished = Promise.withResolvers<void>()
  options.signal.addEventListener('abort', () => finished.reject(options.signal.reason))
  const ready = Promise.withResolvers<void>()
  const waiting = new Set<ChildProcess>()
  let [begun, over] = [false, false]
  let deaths = 0
  const hear = async (message: Message, child: ChildProcess): Promise<void> => {
    if (message.kind === 'ready') {
      if (begun) return tell(child, 'begin')
      waiting.add(child)
      if (waiting.size === options.processes) ready.resolve()
      return
    }
    if (message.kind === 'lost') outcome.lost += 1
    if (message.kind === 'logged out') outcome.loggedOut.push(message.reason)
    if (message.kind === 'served') {
      outcome.served += 1
      sessions.add(message.session)
    }
    const record = await store.read()
    if (record) keys.add(record.retryKey)
    const isComplete = keys.size >= options.records && phases.every((phase) => killed[phase] > 0)
    if (!isComplete && outcome.loggedOut.length === 0) return
    over = true
    finished.resolve()
  }
  const start = (phase: Phase | undefined): void => {
    const program = new URL('./session-process.ts', import.meta.url)
    const child = fork(program, [baseUrl, path, ...(phase ? [phase] : [])], { execArgv: ['--conditions=countersign'] })
    living.add(child)
    child.on('message', (message: Message) => void hear(message, child).catch(finished.reject))
    child.on('exit', (code, signal) => {
      living.delete(child)
      if (signal === 'SIGKILL' && phase) {
        killed[phase] += 1
        deaths += 1
      } else if (code !== 0) {
        outcome.loggedOut.push(`a process ended with ${code ?? signal}`)
        finished.resolve()
      }
      if (!over) start(phase && phases[deaths % phases.length])
    })
  }
  for (let index = 1; index < options.processes; index += 1) start(undefined)
  start(phases[0])
  try {
    await Promise.race([ready.promise, finished.promise])
    const first = await client.GET('/v1/sessions/current')
    sessions.add(first.data?.id ?? 'none')
    begun = true
    for (const child of waiting) tell(child, 'begin')
    await finished.promise
  } finally {
    over = true
    await Promise.all([...living].map(stop))
  }
  const last = await session(client, options.signal)
  if (last instanceof Error) outcome.loggedOut.push(`the first process: ${last}`)
  else sessions.add(last)
  return { ...outcome, sessions: [...sessions], records: keys.size }
}

/** Asks until it is answered: what its network loses is no logout. */
async function session(client: Client, signal: AbortSignal): Promise<string | Error> {
  for (;;) {
    signal.throwIfAborted()
    try {
      return (await client.GET('/v1/sessions/current')).data?.id ?? 'none'
    } catch (error) {
      if (!isClientError(error)) throw error
      if (error.code !== 'transport_failed') return error
    }
  }
}

/** A process that is gone hears nothing; its exit is heard of elsewhere. */
function tell(child: ChildProcess, order: Order): void {
  if (child.connected) child.send(order, () => {})
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  tell(child, 'stop')
  await ended
}
