import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Term } from '@countersign/core'
import type { Config } from '../config/config.ts'
import { isSystemError } from './system-error.ts'
import { selfSignedFile } from './tls.ts'

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000)

/** How long the certificate that TLS is served with is good; nothing where none is. Read once: it is served until the next start. */
export function certificateTerm(config: Pick<Config, 'tlsCert' | 'tlsSelfSigned' | 'data'>): Term | undefined {
  const path = config.tlsSelfSigned ? selfSignedFile(config.data) : config.tlsCert
  const pem = path === undefined ? undefined : readIfThere(path)
  const at = pem?.indexOf('-----BEGIN CERTIFICATE-----') ?? -1
  if (pem === undefined || at < 0) return undefined
  const { validFromDate, validToDate } = new X509Certificate(pem.slice(at))
  return { from: seconds(validFromDate), until: seconds(validToDate) }
}

/** Whoever mounts the app under a listener of their own has no file. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}
