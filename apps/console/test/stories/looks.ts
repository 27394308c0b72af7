import type { TestServer } from '@countersign/server/testing'
import type { Browser, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { places } from '../../src/shell/routes.ts'
import { axeFaults, expectQuiet, signedIn, signIn, titleIs, turnTo, visit } from '../stage.ts'

/** Until the page has what it shows: its title, and no place that is still awaited. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForFunction(() => document.querySelectorAll('.bone').length === 0)
}

const made = ['/tokens/new', '/people/new', '/clients/new', '/apis/new'] as const

/** Something of each kind, whose pages and dialogs are looked at. */
async function detailsOf(server: TestServer): Promise<readonly string[]> {
  const { access_token: token } = await server.login('owner')
  const call = async (method: string, path: string, body?: object) => {
    const response = await server.fetch(path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return (await response.json()) as { readonly id: string; readonly client?: { readonly id: string } }
  }
  const name = `looked at ${++looks}`
  const { id } = await server.user(name, 'viewer')
  const pat = await call('POST', '/v1/tokens', { label: name })
  const { client } = await call('POST', '/v1/clients', { name })
  const scopes = [{ name: 'see', description: 'See all.' }]
  const api = await call('POST', '/v1/apis', { identifier: `https://looks-${looks}.example`, name, scopes })
  const droplet = await call('POST', '/v1/droplets', { name: `looks-${looks}` })
  return [
    `/tokens/${pat.id}`,
    `/people/${id}`,
    `/clients/${client?.id}`,
    `/apis/${api.id}`,
    `/droplets/${droplet.id}`,
    `/all-tokens/${pat.id}`,
  ]
}

let looks = 0

/** Each dialog of a page, opened and closed again. */
async function dialogsOf(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  const buttons = page.getByRole('main').getByRole('button')
  for (let index = 0; index < (await buttons.count()); index += 1) {
    const button = buttons.nth(index)
    const name = (await button.textContent()) ?? ''
    // Those that act at once have no dialog.
    if (/^(Stop|Start|Restart|Change API|)$/.test(name)) continue
    await button.click()
    await page.getByRole('dialog').waitFor()
    await look(name)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
}

export function lookStories(browser: () => Browser, server: () => TestServer): void {
  it.each(['light', 'dark'] as const)(
    'axe finds no fault on any page, in the %s theme',
    { timeout: 180_000 },
    async (colorScheme) => {
      const visited = await visit(browser(), server().url, { colorScheme, reducedMotion: 'reduce' })
      const { page } = visited
      const isFirst = colorScheme === 'light'
      const look = async (where: string) =>
        expect(await axeFaults(page, isFirst ? 'all' : 'colours'), where).toEqual([])
      await visited.open()
      await page.getByLabel('Username').waitFor()
      await look('the sign-in')
      await signIn(page, 'owner')
      await titleIs(page, 'Overview')
      const details = await detailsOf(server())
      for (const path of [...places.map((place) => place.path), ...made, ...details]) {
        await turnTo(page, path)
        await settled(page)
        await look(path)
        if (isFirst && details.includes(path)) await dialogsOf(page, (name) => look(`${path}: ${name}`))
      }
      expectQuiet(visited, server().url)
      await visited.context.close()
    },
  )

  it('tells how long the first page takes until it can be used', async (context) => {
    const { page, open, context: profile } = await visit(browser(), server().url)
    await open()
    await page.getByLabel('Username').waitFor()
    const took: number[] = []
    for (let turn = 0; turn < 3; turn += 1) {
      await profile.clearCookies()
      await page.reload()
      await page.getByLabel('Username').waitFor()
      took.push(await page.evaluate(() => performance.now()))
    }
    const [best = 0] = took.toSorted((a, b) => a - b)
    await context.annotate(`the sign-in can be used ${Math.round(best)} ms after its address was opened`)
    console.log(`the sign-in can be used after ${took.map(Math.round).join(', ')} ms`)
    expect(best).toBeGreaterThan(0)
    await profile.close()
  })

  it('everything is reached with the keyboard alone, by the palette too', async () => {
    const { page, context } = await signedIn(browser(), server().url, 'owner')
    await titleIs(page, 'Overview')
    await page.keyboard.press('Control+k')
    await page.getByRole('menuitem', { name: 'Overview' }).waitFor()
    await page.keyboard.type('make a tok')
    await page.keyboard.press('Enter')
    await titleIs(page, 'Make a token')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('page')
    // To the name: over the back link and three groups of choices.
    const label = page.getByLabel('What is it for?')
    for (let turn = 0; turn < 20 && !(await label.evaluate((input) => input === document.activeElement)); turn += 1) {
      await page.keyboard.press('Tab')
    }
    await page.keyboard.type('keys only')
    await page.keyboard.press('Enter')
    await titleIs(page, 'keys only is ready')
    await page.keyboard.press('Control+k')
    await page.getByRole('menuitem', { name: 'Overview' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await context.close()
  })

  it('nothing is wider than a phone of 360 px, nor than a page at 200 %, with long and right-to-left names', async () => {
    await server().user('עדה לאבלייס', 'viewer')
    await server().user('somebody-with-a-name-that-goes-on-and-on-and-on-without-any-place-to-break-it', 'viewer')
    const { page, context } = await signedIn(browser(), server().url, 'owner')
    await titleIs(page, 'Overview')
    for (const width of [360, 640]) {
      await page.setViewportSize({ width, height: 740 })
      // The table is another one where it is narrow.
      await page.reload()
      for (const path of [...places.map((place) => place.path), ...made, ...(await detailsOf(server()))]) {
        await turnTo(page, path)
        await settled(page)
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        expect([path, width, over]).toEqual([path, width, 0])
      }
    }
    await context.close()
  })

  it('the page speaks German where the browser does, and English by choice', async () => {
    const { page, open, context } = await visit(browser(), server().url, { locale: 'de-DE' })
    await open()
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
    await page.getByLabel('Sprache').selectOption('English')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await context.close()
  })

  it('a theme is chosen, and stays after signing out', async () => {
    const { page, context } = await signedIn(browser(), server().url, 'owner')
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(await background()).toBe('rgb(252, 252, 253)')
    await page.getByRole('button', { name: 'Account of owner' }).click()
    await page.getByLabel('Theme').selectOption('Dark')
    expect(await background()).toBe('rgb(17, 18, 20)')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Username').waitFor()
    await page.reload()
    await page.getByLabel('Username').waitFor()
    expect(await background()).toBe('rgb(17, 18, 20)')
    await context.close()
  })
}
