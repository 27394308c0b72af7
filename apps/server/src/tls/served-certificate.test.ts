import { generate } from 'selfsigned'
import { expect, it } from 'vitest'
import { createLogger } from '../log/logger.ts'
import { ServedCertificate } from './served-certificate.ts'
import type { TlsMaterial } from './tls.ts'

const day = 86_400_000
const start = 1_800_000_000_000

const pair = async (name: string, from: number, until: number): Promise<TlsMaterial> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(from),
    notAfterDate: new Date(until),
  })
  return { cert, key }
}

/** A certificate whose files and clock are the test's. */
async function served(first: TlsMaterial) {
  const lines: string[] = []
  const logger = createLogger({ level: 'info', sink: { writableLength: 0, write: (line) => lines.push(line) > 0 } })
  const state = { now: start, read: async () => first }
  const certificate = await ServedCertificate.open({ read: () => state.read(), logger, now: () => state.now })
  const said = () => lines.splice(0).map((line) => (JSON.parse(line) as { event: string }).event)
  return { certificate, state, said }
}

it('is the new pair once the files have one, and the renewal is logged once', async () => {
  const [first, second] = [
    await pair('first', start, start + 365 * day),
    await pair('second', start, start + 400 * day),
  ]
  const { certificate, state, said } = await served(first)
  expect(await certificate.renewed(false)).toBeUndefined()
  state.read = async () => second
  expect(await certificate.renewed(false)).toEqual(second)
  expect(await certificate.renewed(false)).toBeUndefined()
  expect(certificate.material).toEqual(second)
  expect(certificate.term.until).toBe((start + 400 * day) / 1000)
  expect(said()).toEqual(['certificate_renewed'])
})

it('is the last good pair while the files cannot be used; a first failure may be half of a renewal', async () => {
  const first = await pair('first', start, start + 365 * day)
  const { certificate, state, said } = await served(first)
  state.read = async () => {
    throw new Error('do not fit together')
  }
  expect(await certificate.renewed(false)).toBeUndefined()
  expect(said()).toEqual([])
  await certificate.renewed(false)
  await certificate.renewed(false)
  expect(said()).toEqual(['certificate_unusable'])
  await certificate.renewed(true)
  expect(said()).toEqual(['certificate_unusable'])
  expect(certificate.material).toEqual(first)
  state.read = async () => first
  await certificate.renewed(false)
  state.read = async () => {
    throw new Error('again')
  }
  await certificate.renewed(false)
  expect(said()).toEqual([])
})

it('is said to be ending, ended, or not valid yet: at the start, and when it becomes so', async () => {
  const { certificate, state, said } = await served(await pair('year', start, start + 365 * day))
  expect(said()).toEqual([])
  state.now = start + 336 * day
  await certificate.renewed(false)
  await certificate.renewed(false)
  expect(said()).toEqual(['certificate_ends_soon'])
  state.now = start + 365 * day
  await certificate.renewed(false)
  expect(said()).toEqual(['certificate_expired'])
  expect((await served(await pair('past', start - 9 * day, start - day))).said()).toEqual(['certificate_expired'])
  expect((await served(await pair('future', start + day, start + 9 * day))).said()).toEqual([
    'certificate_not_yet_valid',
  ])
})
