// The life of the process: signals, faults that nobody caught, what a dump may hold. It must not know what is stopped.
import type { EventEmitter } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Logger } from '../log/logger.ts'

/** The part of `process` that is needed; a test has its own. */
export type SupervisedProcess = Pick<EventEmitter, 'on' | 'off'>

export interface SupervisedWork {
  /** Resolves when the work is of no use any more: then it is ended, and the status is 1. Default is never. */
  readonly lost?: Promise<void>
  /** Ends gracefully, in bounded time. Called once. */
  stop(): Promise<void>
  /** Reads configuration files again. Never rejects. Default is nothing. */
  reload?(): Promise<void>
  /** Ends on the spot; the process exits with this status. */
  force(status: number): void
  readonly logger: Logger
  readonly process: SupervisedProcess
}

/**
 * Waits for the end: SIGTERM or SIGINT stop gracefully, a second one forces. SIGHUP reloads and ends nothing. A rejection that
 * nobody handled is logged and the process lives (N-261); an exception that nobody caught leaves unknown state behind and ends
 * it, gracefully if that still works.
 *
 * @returns The exit status: 0 after a signal, 1 after a fault.
 */
export function supervise({ lost, stop, reload, force, logger, process }: SupervisedWork): Promise<number> {
  return new Promise((resolve) => {
    let status: number | undefined
    const end = async (wanted: number): Promise<void> => {
      if (status !== undefined) return force(1)
      status = wanted
      try {
        await stop()
      } catch (error) {
        logger.error('stop_failed', { error })
        status = 1
      }
      for (const [event, listener] of listeners) process.off(event, listener)
      resolve(status)
    }
    const onSignal = (signal: string): void => {
      logger.info('stopping', { signal })
      void end(0)
    }
    const listeners = [
      ['SIGTERM', onSignal],
      ['SIGINT', onSignal],
      [
        'SIGHUP',
        (signal: string) => {
          logger.info('reloading', { signal })
          void reload?.()
        },
      ],
      ['unhandledRejection', (error: unknown) => logger.error('unhandled_rejection', { error })],
      [
        'uncaughtException',
        (error: unknown) => {
          logger.error('uncaught_exception', { error })
          void end(1)
        },
      ],
    ] as const
    for (const [event, listener] of listeners) process.on(event, listener)
    void lost?.then(() => {
      logger.error('the database was moved, removed or replaced while it was open: put it back, and start again')
      if (status === undefined) void end(1)
    })
  })
}

/** Linux: nothing of this process' memory goes into a core dump (N-206). Elsewhere dumps are off unless somebody asked. */
export function keepMemoryOutOfDumps(logger: Logger): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0')
  } catch (error) {
    // No Linux, or a sandbox: the limit on core files is the supervisor's matter then.
    logger.debug('core_dump_filter_unavailable', { error })
  }
}
