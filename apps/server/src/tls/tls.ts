import { randomUUID, X509Certificate } from 'node:crypto'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { type Config, ConfigError } from '../config/config.ts'
import { makeFolder, tlsFolder } from '../data-folder/data-folder.ts'
import { syncFolder, writeDurably } from '../data-folder/durable-file.ts'
import { readSecretFile, SecretFileError } from '../data-folder/secret-file.ts'
import { isSystemError, systemCode } from '../data-folder/system-error.ts'

/** PEM texts. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
}

const dayMilliseconds = 86_400_000
const lifetimeDays = 365

/**
 * Loads key and certificate, if TLS is configured. The folder tls/ must not know what is served over TLS.
 *
 * @param now Milliseconds since the epoch.
 * @throws ConfigError if the files cannot be read or do not match, or if others can read the key.
 */
export async function loadTls(
  config: Pick<Config, 'tlsCert' | 'tlsKey' | 'tlsSelfSigned' | 'data' | 'host'>,
  now: number,
): Promise<TlsMaterial | undefined> {
  if (config.tlsSelfSigned) return selfSigned(config.data, config.host, now)
  if (config.tlsCert === undefined || config.tlsKey === undefined) return undefined
  const cert = read(config.tlsCert)
  const key = readKey(config.tlsKey)
  try {
    createSecureContext({ cert, key })
  } catch {
    // The library's message names a line of its source, not the fault.
    throw new ConfigError(
      `TLS certificate ${config.tlsCert} and key ${config.tlsKey} are not PEM, or do not fit together`,
    )
  }
  return { cert, key }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`TLS file ${path} cannot be read (${systemCode(error) ?? 'unreadable'})`)
  }
}

function readKey(path: string): string {
  let key: Buffer | undefined
  try {
    key = readSecretFile(path, { links: 'anywhere' })
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    throw new ConfigError(`TLS key ${path} ${error.message}`)
  }
  if (key === undefined) throw new ConfigError(`TLS file ${path} cannot be read (ENOENT)`)
  return key.toString('utf8')
}

/** Key and certificate are in one file, so that they always match. */
export const selfSignedFile = (data: string): string => join(tlsFolder(data), 'self-signed.pem')

/** The stored certificate if it is valid for this host, otherwise a new one. */
async function selfSigned(data: string, host: string, now: number): Promise<TlsMaterial> {
  const folder = tlsFolder(data)
  const path = selfSignedFile(data)
  const kept = readKept(path)
  if (kept && isGoodFor(kept, host, now)) return kept
  const made = await makeSelfSigned(host, now)
  makeFolder(resolve(folder))
  // A unique name: two processes that start at once must not write to the same draft.
  const draft = join(folder, `.self-signed.${randomUUID()}`)
  try {
    writeDurably(draft, made.key + made.cert)
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(folder)
  return made
}

function readKept(path: string): TlsMaterial | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    const at = text.indexOf('-----BEGIN CERTIFICATE-----')
    return at < 0 ? undefined : { key: text.slice(0, at), cert: text.slice(at) }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}

function isGoodFor({ cert, key }: TlsMaterial, host: string, now: number): boolean {
  try {
    createSecureContext({ cert, key })
  } catch {
    // Damaged; a new one replaces it. The library's message adds no information.
    return false
  }
  const certificate = new X509Certificate(cert)
  const named = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
  return named !== undefined && certificate.validToDate.getTime() > now + dayMilliseconds
}

async function makeSelfSigned(host: string, now: number): Promise<TlsMaterial> {
  const { generate } = await import('selfsigned')
  const hosts = [...new Set(['localhost', '127.0.0.1', '::1', host])]
  const altNames = hosts.map((name) =>
    isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name },
  )
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'Countersign, self-signed' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - dayMilliseconds),
    notAfterDate: new Date(now + lifetimeDays * dayMilliseconds),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  })
  return { cert: cert.trim().concat('\n'), key: key.trim().concat('\n') }
}
