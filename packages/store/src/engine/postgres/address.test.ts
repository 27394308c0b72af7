import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { labelOf, oneOf, parseAddress, wholeNumber } from './address.ts'

const refused = (what: RegExp) => ({ name: 'StoreOpenError', code: 'address_invalid', message: what })

describe('the URL of a database', () => {
  it('names user, password, host, port and database', () => {
    const { hosts, user, password, database } = parseAddress('postgres://us%40er:p%3Aw:x@db.example:5433/au%74h')
    assert.deepEqual(
      { hosts, user, password, database },
      {
        hosts: [{ name: 'db.example', port: 5433 }],
        user: 'us@er',
        password: 'p:w:x',
        database: 'auth',
      },
    )
  })

  it('names several hosts, each with a port of its own or the usual one', () => {
    assert.deepEqual(parseAddress('postgresql://u@one:1,[::1]:2,three/db').hosts, [
      { name: 'one', port: 1 },
      { name: '::1', port: 2 },
      { name: 'three', port: 5432 },
    ])
    assert.deepEqual(parseAddress('postgres:///db?host=one,two&port=7,8').hosts, [
      { name: 'one', port: 7 },
      { name: 'two', port: 8 },
    ])
  })

  it('names a socket by its folder', () => {
    const expected = [{ name: '/run/postgresql', port: 5432 }]
    assert.deepEqual(parseAddress('postgres:///db?host=/run/postgresql').hosts, expected)
    assert.deepEqual(parseAddress('postgres://u@%2Frun%2Fpostgresql/db').hosts, expected)
  })

  it('without a host is this machine', () => {
    const { hosts, user, password, database } = parseAddress('postgres://')
    assert.deepEqual(
      { hosts, user, password, database },
      {
        hosts: [{ name: 'localhost', port: 5432 }],
        user: undefined,
        password: undefined,
        database: undefined,
      },
    )
  })

  it('is refused without a word of what it says', () => {
    const urls = [
      'mysql://root:secret@host/db',
      'secret',
      '',
      'postgres://u:secret@host:70000/db',
      'postgres://u:secret@host/db?secret=1',
      'postgres://u:%secret@host/db',
      'postgres://u:secret@host/db#secret',
    ]
    for (const url of urls) {
      assert.throws(
        () => parseAddress(url),
        (error: Error) => error.name === 'StoreOpenError' && !error.message.includes('secret'),
        url,
      )
    }
  })

  it('has parameters that are checked', () => {
    const address = parseAddress('postgres://h/db?pool_size=7&lock_timeout=x&sslmode=maybe')
    assert.equal(wholeNumber(address, 'pool_size', 10), 7)
    assert.equal(wholeNumber(address, 'connect_timeout', 5), 5)
    assert.throws(() => wholeNumber(address, 'lock_timeout', 1), refused(/lock_timeout/))
    assert.throws(() => wholeNumber(address, 'pool_size', 1, 8), refused(/pool_size/))
    assert.throws(() => oneOf(address, 'sslmode', ['disable']), refused(/sslmode/))
  })

  it('is shown without user and password', () => {
    assert.equal(labelOf(parseAddress('postgres://me:secret@one:1,two/auth')), 'auth at one:1, two:5432')
  })
})
