import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { parseAddress } from './address.ts'
import { encryptionOf } from './encryption.ts'

const of = (url: string) => {
  const address = parseAddress(url)
  const [host] = address.hosts
  assert.ok(host)
  return encryptionOf(address, host)
}

describe('how connections to a database are encrypted', () => {
  it('with the certificate and the name of the server, where the URL does not say otherwise', () => {
    assert.deepEqual(of('postgres://db.example/a'), { rejectUnauthorized: true, servername: 'db.example' })
    assert.deepEqual(of('postgres://192.0.2.1/a'), { rejectUnauthorized: true })
    assert.deepEqual(of('postgres://localhost/a?sslmode=verify-full'), {
      rejectUnauthorized: true,
      servername: 'localhost',
    })
  })

  it('not at all on this machine', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]', '%2Frun%2Fpostgresql'])
      assert.equal(of(`postgres://${host}/a`), false)
    assert.equal(of('postgres://db.example/a?sslmode=disable'), false)
    assert.notEqual(of('postgres://127.0.0.1.example/a'), false)
  })

  it('without looking at the certificate, or at its name, only if the URL says so', () => {
    assert.deepEqual(of('postgres://db.example/a?sslmode=require'), {
      rejectUnauthorized: false,
      servername: 'db.example',
    })
    const authority = of('postgres://db.example/a?sslmode=verify-ca')
    assert.ok(
      authority !== false && authority.rejectUnauthorized === true && authority.checkServerIdentity !== undefined,
    )
  })

  it('not as whoever is in between likes it', () => {
    for (const mode of ['prefer', 'allow', '']) {
      assert.throws(() => of(`postgres://db.example/a?sslmode=${mode}`), {
        code: 'address_invalid',
        message: /sslmode/,
      })
    }
  })

  it('by files that must be there', () => {
    for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
      assert.throws(() => of(`postgres://db.example/a?${name}=/nowhere/file`), {
        code: 'address_invalid',
        message: new RegExp(name),
      })
    }
  })
})
