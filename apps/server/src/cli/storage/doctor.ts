import { Installation, localCaller } from '@countersign/core'
import { type StoreHandle, StoreOpenError } from '@countersign/store'
import { SystemClock } from '../../adapters/system-clock.ts'
import { isOnServer } from '../../compose/database-server.ts'
import { openDatabase } from '../../compose/open-database.ts'
import type { Config } from '../../config/config.ts'
import { settingsHelp } from '../../config/documentation.ts'
import { policyOf } from '../../config/policy.ts'
import { describeError } from '../../log/error-facts.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { allSettings, commandLogger, configFor, folderSettings, wallSeconds } from '../command/folder.ts'
import type { Io } from '../command/io.ts'
import {
  examineAudit,
  examineCertificate,
  examineClock,
  examineCodeLogins,
  examineDatabase,
  examineFactors,
  examineFolder,
  examineKeys,
  examineMasterKey,
  examineOwner,
  type Finding,
  fail,
  ok,
} from './examination.ts'
import { examineOlderSchema } from './examine-older-schema.ts'

const ownFlags = ['tls-cert', 'tls-key', 'migration-backups', 'migration-backup-folder']
const doctorSettings = allSettings.filter((named) => folderSettings.includes(named) || ownFlags.includes(named.flag))

const usage = `Usage: countersign doctor [--reset-clock]

Checks the data folder: database, settings, keys, clock, permissions, TLS certificate. Exit status 1 if a fault would keep
a server from starting. Changes only what a flag requests. A database that has to be migrated is not migrated.

  --reset-clock
      Use if the wall clock is right and the stored mark is ahead of it: resets the mark to the wall clock. Tokens that
      expired between the two times may become valid again, for the rest of their lifetime.
${settingsHelp(doctorSettings)}
  --json
      One line of JSON on standard output.
`

const options = { 'reset-clock': { type: 'boolean' } } as const

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Check the data folder.',
  isLong: true,
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: doctorSettings })
    const findings = await examine(configFor(flags, io), io, values['reset-clock'] === true)
    const healthy = findings.every(({ outcome }) => outcome !== 'fail')
    if (json) io.out(`${JSON.stringify({ ok: healthy, checks: findings })}\n`)
    else for (const { check, outcome, detail } of findings) io.out(`${outcome.padEnd(4)}  ${check}: ${detail}\n`)
    return healthy ? 0 : 1
  },
}

async function examine(config: Config, io: Pick<Io, 'log'>, resetClock: boolean): Promise<readonly Finding[]> {
  const now = wallSeconds()
  const certificate = await attemptAll('certificate', () => examineCertificate(config, now))
  const runtime = ok('runtime', `Node.js ${process.versions.node}`)
  const folder = isOnServer(config) ? [] : examineFolder(config)
  if (folder.some(({ outcome }) => outcome === 'fail')) return [runtime, ...certificate, ...folder]
  const [keyFinding, masterKey] = attempt('master key', () => examineMasterKey(config))
  const findings = [runtime, ...certificate, ...folder, keyFinding]
  let store: StoreHandle
  try {
    store = await openDatabase(config, {
      migrates: false,
      makes: false,
      logger: commandLogger(config, io),
      now: () => now,
    })
  } catch (error) {
    const isOlder = !isOnServer(config) && error instanceof StoreOpenError && error.code === 'schema_older'
    return [...findings, ...(isOlder ? await examineOlderSchema(error, config) : [failed('database', error)])]
  }
  try {
    if (resetClock) findings.push(await reset(store))
    const clock = new SystemClock(await store.marks.highWater())
    findings.push(...(await examineDatabase(store, config)))
    if (masterKey)
      findings.push(...(await attemptAll('keys', async () => [await examineKeys(store, masterKey, clock)])))
    findings.push(
      await examineOwner(store),
      await examineCodeLogins(store),
      ...(await examineFactors(store, policyOf(config))),
      await examineAudit(store, config, clock),
      examineClock(clock),
    )
    return findings
  } catch (error) {
    return [...findings, failed('database', error)]
  } finally {
    await store.close()
  }
}

async function reset(store: StoreHandle): Promise<Finding> {
  await new Installation({ store, clock: new SystemClock(0) }).resetClock(localCaller)
  return ok('clock reset', 'the stored mark is the wall clock now; a running server reads it within 10 seconds')
}

/** Only messages that are safe to show are repeated. */
function failed(check: string, error: unknown): Finding {
  const { name, message = name } = describeError(error)
  return fail(check, message)
}

function attempt<T>(check: string, examination: () => readonly [Finding, T]): readonly [Finding, T | undefined] {
  try {
    return examination()
  } catch (error) {
    return [failed(check, error), undefined]
  }
}

async function attemptAll(check: string, examination: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await examination()
  } catch (error) {
    return [failed(check, error)]
  }
}
