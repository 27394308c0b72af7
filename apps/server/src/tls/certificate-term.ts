import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { endsSoon, type Term } from '@countersign/core'
import type { Config } from '../config/config.ts'
import { isSystemError } from '../data-folder/system-error.ts'
import { selfSignedFile } from './tls.ts'

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000)

/**
 * The validity period of a certificate; of a chain, its first certificate's. @throws Error if the text has no
 * certificate.
 */
export function termOf(pem: string): Term {
  const { validFromDate, validToDate } = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')))
  return { from: seconds(validFromDate), until: seconds(validToDate) }
}

/** The validity period of the configured certificate, read now; `undefined` if TLS is not configured. */
export function certificateTerm(config: Pick<Config, 'tlsCert' | 'tlsSelfSigned' | 'data'>): Term | undefined {
  const path = config.tlsSelfSigned ? selfSignedFile(config.data) : config.tlsCert
  const pem = path === undefined ? undefined : readIfThere(path)
  return pem?.includes('-----BEGIN CERTIFICATE-----') ? termOf(pem) : undefined
}

export type TermState = 'valid' | 'certificate_not_yet_valid' | 'certificate_ends_soon' | 'certificate_expired'

/** The state of a certificate. @param now Epoch seconds. */
export function termStateOf(term: Term, now: number): TermState {
  if (now >= term.until) return 'certificate_expired'
  if (now < term.from) return 'certificate_not_yet_valid'
  return endsSoon(term, now) ? 'certificate_ends_soon' : 'valid'
}

/** An application that mounts the app behind its own listener has no file. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}
