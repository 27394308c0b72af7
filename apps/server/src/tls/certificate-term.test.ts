import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { certificateTerm } from './certificate-term.ts'
import { loadTls } from './tls.ts'

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'countersign-term-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

it('is that of the self-signed certificate', async () => {
  const config = { data: folder(), host: '127.0.0.1', tlsSelfSigned: true }
  const now = 1_800_000_000
  await loadTls(config, now * 1000)
  expect(certificateTerm(config)).toEqual({ from: now - 86_400, until: now + 365 * 86_400 })
})

it('is that of the certificate that is given, of a chain the first', async () => {
  const data = folder()
  const tls = await loadTls({ data, host: 'localhost', tlsSelfSigned: true }, 1_800_000_000_000)
  const other = await loadTls({ data: folder(), host: 'localhost', tlsSelfSigned: true }, 1_900_000_000_000)
  const tlsCert = join(data, 'chain.pem')
  writeFileSync(tlsCert, `${tls?.cert}${other?.cert}`)
  expect(certificateTerm({ data, tlsCert, tlsSelfSigned: false })?.from).toBe(1_800_000_000 - 86_400)
})

it('is nothing where no TLS is served', () => {
  expect(certificateTerm({ data: folder(), tlsSelfSigned: false })).toBeUndefined()
  expect(certificateTerm({ data: folder(), tlsSelfSigned: true })).toBeUndefined()
})
