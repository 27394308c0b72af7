import { createHmac } from 'node:crypto'
import { goodPassword, ServerRun, type TestServer } from '@countersign/server/testing'
import jsQR from 'jsqr'
import type { Browser, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { expect, it } from 'vitest'
import { signedIn, signIn, titleIs, visit } from '../stage.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function bytesOf(base32: string): Buffer {
  const bits = [...base32].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** The code of RFC 6238 that an authenticator shows now, or some steps later. */
function codeOf(secret: string, stepsAhead = 0): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + stepsAhead))
  const digest = createHmac('sha1', bytesOf(secret)).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return `${(digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000}`.padStart(6, '0')
}

/** The secret in the picture, as a phone reads it. */
async function scanned(page: Page): Promise<string> {
  const source = (await page.getByRole('img', { name: 'QR code for your authenticator' }).getAttribute('src')) ?? ''
  const { data, width, height } = PNG.sync.read(Buffer.from(source.split(',')[1] ?? '', 'base64'))
  const text = jsQR(new Uint8ClampedArray(data), width, height)?.data ?? ''
  return new URL(text).searchParams.get('secret') ?? ''
}

export function factorStories(browser: () => Browser, server: () => TestServer): void {
  it('an authenticator is enrolled by the picture, recovery codes are made, and one of them signs in', async () => {
    await server().user('grace', 'viewer')
    const { page, context } = await signedIn(browser(), server().url, 'grace', '/security')
    await page.getByRole('button', { name: 'Set up authenticator' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Password', { exact: true }).fill('wrong')
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Password', { exact: true }).fill(goodPassword)
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    const secret = await scanned(page)
    await page.getByLabel('Code that the authenticator shows').fill(codeOf(secret, -1))
    await page.getByRole('button', { name: 'Confirm and require it' }).click()
    await page.getByRole('button', { name: 'Make new codes' }).click()
    await dialog.getByLabel('Password', { exact: true }).fill(goodPassword)
    await dialog.getByLabel('Authenticator code').fill(codeOf(secret))
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    const list = page.getByRole('list', { name: 'Recovery codes' })
    await list.waitFor()
    const codes = await list.getByRole('listitem').allTextContents()
    expect(codes).toHaveLength(10)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    expect((await download).suggestedFilename()).toBe('countersign-recovery-codes.txt')
    await page.getByRole('button', { name: 'I have stored it' }).click()

    await page.getByRole('button', { name: 'Account of grace' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are signed out.').waitFor()
    await signIn(page, 'grace', { code: codeOf(secret, 1) })
    await titleIs(page, 'Security')
    await page.getByText('10 left').waitFor()
    await context.clearCookies()
    await page.reload()
    await page.getByRole('button', { name: 'Use a recovery code' }).click()
    await page.getByLabel('Username').fill('grace')
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByLabel('Recovery code').fill(codes[0] ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('9 left').waitFor()
    await context.close()
  })

  it('a password that another set must be changed first, and then the page is shown that was asked for', async () => {
    const owner = await server().login('owner')
    const given = 'a lighthouse keeps its hours'
    const made = await server().fetch('/v1/users', {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'linus', role: 'viewer', password: given, must_change: true }),
    })
    expect(made.status).toBe(201)
    const { page, open, context } = await visit(browser(), server().url)
    await open('/sessions')
    await signIn(page, 'linus', { password: given })
    await titleIs(page, 'Choose a password')
    await page.getByLabel('New password').fill('short')
    await page.getByRole('button', { name: 'Set password and sign in' }).click()
    await page.getByText('This password is too short').waitFor()
    await page.getByLabel('New password').fill('my own quiet lighthouse')
    await page.getByRole('button', { name: 'Set password and sign in' }).click()
    await titleIs(page, 'Sessions')
    await context.close()
  })

  it('where the policy requires an authenticator, it is set up before there is a session', async () => {
    await using run = await ServerRun.start()
    await run.user({ username: 'hypatia', password: goodPassword })
    await run.restart({ flags: ['--required-factors-viewer', 'password+totp'] })
    const { page, open, context } = await visit(browser(), run.url)
    await open('/security')
    await signIn(page, 'hypatia')
    await titleIs(page, 'Set up an authenticator')
    const secret = await scanned(page)
    await page.getByLabel('Code that the authenticator shows').fill(codeOf(secret, -1))
    await page.getByRole('button', { name: 'Confirm authenticator' }).click()
    await page.getByText('Your authenticator is set up').waitFor()
    expect(await page.getByLabel('Username').inputValue()).toBe('hypatia')
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByLabel(/Authenticator code/).fill(codeOf(secret))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await titleIs(page, 'Security')
    // The policy leaves no way to require less.
    expect(await page.getByRole('button', { name: 'Stop requiring it' }).count()).toBe(0)
    await context.close()
  })

  it('the forms have the names by which password managers and phones fill them', async () => {
    const { page, open, context } = await visit(browser(), server().url)
    await open()
    await page.getByLabel('Username').waitFor()
    const names = await page
      .locator('form input')
      .evaluateAll((inputs) => inputs.map((input) => input.getAttribute('autocomplete')))
    expect(names).toEqual(['username', 'current-password', 'one-time-code'])
    expect(await page.locator('form').count()).toBe(1)
    await context.close()
  })
}
