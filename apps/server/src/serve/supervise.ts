// The life of the process: signals, uncaught errors, memory dumps. Does not know what is being stopped.
import type { EventEmitter } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Logger } from '../log/logger.ts'

/** The part of `process` that is used; tests replace it. */
export type SupervisedProcess = Pick<EventEmitter, 'on' | 'off'>

export interface SupervisedWork {
  /** Resolves when the server must stop (database lost); exit status 1. Default: never. */
  readonly lost?: Promise<void>
  /** Stops gracefully in bounded time. Called once. */
  stop(): Promise<void>
  /** Reloads configuration files. Never rejects. Default: no effect. */
  reload?(): Promise<void>
  /** Ends immediately; the process exits with this status. */
  force(status: number): void
  readonly logger: Logger
  readonly process: SupervisedProcess
}

/**
 * Waits for the end of the process. SIGTERM or SIGINT stop gracefully, a second one forces the exit. SIGHUP reloads. An
 * unhandled rejection is logged and the process continues (N-261). An uncaught exception leaves unknown state; it stops
 * the process, gracefully if possible.
 *
 * @returns The exit status: 0 after a signal, 1 after an error.
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
      logger.error('database_lost')
      if (status === undefined) void end(1)
    })
  })
}

/** On Linux, excludes the process's memory from core dumps (N-206). Elsewhere core dumps are usually off by default. */
export function keepMemoryOutOfDumps(logger: Logger): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0')
  } catch (error) {
    // Not Linux, or a sandbox: the supervisor has to limit core files.
    logger.debug('core_dump_filter_unavailable', { error })
  }
}
