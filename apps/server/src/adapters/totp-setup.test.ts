import { base32 } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { readQrFromTerminal, readQrPicture } from '../../test/qr-picture.ts'
import { terminalQrCode, totpSetup } from './totp-setup.ts'

const secret = Buffer.from('12345678901234567890')

describe('what sets up an authenticator', () => {
  it.each(['ada', 'a:b', 'a?secret=AAAA&issuer=Evil', 'a\r\nb', '100%', 'Žofie'])(
    'N-046 is read back by a decoder, with the same name: %j',
    async (username) => {
      const setup = await totpSetup(username, secret)
      const uri = new URL(readQrPicture(setup.qr) ?? 'about:blank')
      expect(uri.href).toBe(new URL(setup.otpauthUrl).href)
      expect(decodeURIComponent(uri.pathname.split(':')[1] ?? '')).toBe(username)
      expect(uri.searchParams.get('secret')).toBe(base32(secret))
      expect(setup.secret).toBe(base32(secret))
    },
  )

  it('is read off a terminal too, dark on light', async () => {
    const { otpauthUrl } = await totpSetup('BR0kEN', secret)
    expect(readQrFromTerminal(await terminalQrCode(otpauthUrl))).toBe(otpauthUrl)
  })
})
