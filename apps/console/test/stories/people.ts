import { goodPassword, type TestServer } from '@countersign/server/testing'
import type { Browser } from 'playwright-core'
import { expect, it } from 'vitest'
import { signedIn, signIn, titleIs, visit } from '../stage.ts'

export function peopleStories(browser: () => Browser, server: () => TestServer): void {
  it('the owner adds a person, changes the role, disables the account, and deletes it', async () => {
    const { page, context } = await signedIn(browser(), server().url, 'owner', '/people')
    await page.getByRole('link', { name: 'Add a person' }).first().click()
    await page.getByLabel('Username').fill('hedy')
    await page.getByLabel('Password', { exact: true }).last().fill(goodPassword)
    await page.getByLabel('Must choose another password first').uncheck()
    await page.getByRole('main').getByRole('button', { name: 'Add a person' }).click()
    await titleIs(page, 'hedy')

    const hers = await visit(browser(), server().url)
    await hers.open()
    await signIn(hers.page, 'hedy')
    await titleIs(hers.page, 'Overview')

    await page.getByRole('button', { name: 'Change role' }).click()
    await page.getByRole('dialog').getByLabel('Manager').check()
    await page.getByRole('dialog').getByRole('button', { name: 'Change role' }).click()
    await page.locator('dd', { hasText: 'Manager' }).waitFor()
    await page.getByRole('button', { name: 'Disable account' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable account' }).click()
    await page.locator('dd', { hasText: 'Disabled' }).waitFor()
    await hers.page.reload()
    await hers.page.getByLabel('Username').waitFor()
    await hers.context.close()

    await page.getByRole('button', { name: 'Delete account' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete account' }).click()
    await titleIs(page, 'People')
    await page.getByRole('cell', { name: 'hedy' }).waitFor({ state: 'detached' })
    await context.close()
  })

  it('the ownership is passed on with a fresh proof, and the page shows the new role', async () => {
    await server().user('heir', 'manager')
    const { page, context } = await signedIn(browser(), server().url, 'owner', '/people')
    await page.getByRole('link', { name: 'heir' }).click()
    await page.getByRole('button', { name: 'Pass ownership on' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pass ownership on' }).click()
    await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()
    await titleIs(page, 'Overview')
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Audit' }).count()).toBe(0)
    await context.close()
    const back = await signedIn(browser(), server().url, 'heir', '/people')
    await back.page.getByRole('link', { name: 'owner' }).click()
    await back.page.getByRole('button', { name: 'Pass ownership on' }).click()
    await back.page.getByRole('dialog').getByRole('button', { name: 'Pass ownership on' }).click()
    await back.page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(goodPassword)
    await back.page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()
    await titleIs(back.page, 'Overview')
    await back.context.close()
  })

  it('a client is registered for an API, gets a token with its secret, and is refused once the secret is revoked', async () => {
    const { page, context } = await signedIn(browser(), server().url, 'owner', '/apis/new')
    await page.getByLabel('Identifier').fill('https://orders.example')
    await page.getByLabel('Name', { exact: true }).fill('Orders')
    await page.getByRole('button', { name: 'Add a scope' }).click()
    await page
      .getByRole('group', { name: /Scopes/ })
      .getByLabel('Name', { exact: true })
      .fill('orders:read')
    await page.getByLabel('What it permits').fill('See orders.')
    await page.getByRole('main').getByRole('button', { name: 'Register an API' }).click()
    await titleIs(page, 'Orders')

    // A token of one's own for it.
    await page.getByRole('link', { name: 'Tokens', exact: true }).click()
    await page.getByRole('link', { name: 'Make a token' }).first().click()
    await page.getByRole('radio', { name: /Orders/ }).check()
    await page.getByLabel('See orders.').check()
    await page.getByLabel('What is it for?').fill('order report')
    await page.getByRole('main').getByRole('button', { name: 'Make a token' }).click()
    await titleIs(page, 'order report is ready')
    expect(await page.locator('pre').textContent()).toContain("curl -sS 'https://orders.example' -H @-")
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.locator('dd', { hasText: 'https://orders.example' }).getByText('orders:read').waitFor()

    await page.getByRole('link', { name: 'Clients' }).click()
    await page.getByRole('link', { name: 'Register a client' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('reporting')
    await page.getByLabel('Orders').check()
    await page.getByLabel('See orders.').check()
    await page.getByRole('main').getByRole('button', { name: 'Register a client' }).click()
    await titleIs(page, 'Secret of reporting')
    await page.getByRole('button', { name: 'Reveal' }).click()
    const secret = (await page.getByRole('status', { name: 'Secret' }).textContent()) ?? ''
    const id = (await page.locator('dd code').first().textContent()) ?? ''
    const ask = () =>
      server().fetch('/oauth2/token', {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'grant_type=client_credentials',
      })
    expect((await ask()).status).toBe(200)
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByRole('button', { name: 'Set the end' }).click()
    await page.getByRole('dialog').getByLabel('in 7 days').check()
    await page.getByRole('dialog').getByRole('button', { name: 'Set the end' }).click()
    await page.getByText('Expires soon', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke secret' }).click()
    await page.getByText('Revoked', { exact: true }).first().waitFor()
    expect((await ask()).status).toBe(401)
    await context.close()
  })

  it('droplets are shown as they are now, and are started and stopped', async () => {
    await server().user('operator', 'manager')
    const { page, context } = await signedIn(browser(), server().url, 'operator', '/droplets')
    const table = page.getByRole('table', { name: 'Droplets' })
    await page.getByRole('button', { name: 'Make a droplet' }).first().click()
    await page.getByRole('dialog').getByLabel('Name').fill('web-1')
    await page.getByRole('dialog').getByRole('button', { name: 'Make a droplet' }).click()
    const row = table.getByRole('row', { name: /web-1/ })
    await row.getByRole('button', { name: 'Stop' }).click()
    await row.getByText('Stopped').waitFor()
    const { access_token: token } = await server().login('operator')
    const restarted = await server().fetch('/v1/droplets/web-1/start', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(restarted.status).toBe(200)
    await row.getByText('Active').waitFor({ timeout: 15_000 })
    await context.close()
  })
}
