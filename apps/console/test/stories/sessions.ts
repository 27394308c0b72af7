import { goodPassword, type TestServer } from '@countersign/server/testing'
import type { Browser } from 'playwright-core'
import { expect, it } from 'vitest'
import { signedIn, signIn, titleIs } from '../stage.ts'

export function sessionStories(browser: () => Browser, server: () => TestServer): void {
  it('two tabs share a session: one signs out, and the other asks for a sign-in at once', async () => {
    const { page, context } = await signedIn(browser(), server().url, 'owner', '/tokens')
    const other = await context.newPage()
    await other.goto(`${server().url}/console/security`)
    await titleIs(other, 'Security')
    await page.getByRole('button', { name: 'Account of owner' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await other.getByText('Your session has ended').waitFor()
    await signIn(other, 'owner')
    await titleIs(other, 'Security')
    await titleIs(page, 'Tokens')
    // Nothing of the session is where a script could find it.
    const kept = await page.evaluate(
      () => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie + document.title + location.href,
    )
    expect(kept).not.toMatch(/cs_|eyJ|countersign=/)
    await context.close()
  })

  it('signing out on a slow machine ends at the sign-in each time, and never with an empty page', async () => {
    const { page, context, complaints } = await signedIn(browser(), server().url, 'owner')
    const devtools = await context.newCDPSession(page)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    for (let i = 0; i < 8; i++) {
      await page.getByRole('button', { name: 'Account of owner' }).click()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByText('You are signed out.').waitFor()
      await signIn(page, 'owner')
      await page.getByRole('navigation').waitFor()
    }
    expect(complaints).toEqual([])
    await context.close()
  })

  it('a session that is revoked elsewhere ends here with the next call, and the same page comes back', async () => {
    await server().user('mary', 'viewer')
    const { page, context } = await signedIn(browser(), server().url, 'mary', '/tokens?q=session')
    await page.getByRole('table').waitFor()
    const { access_token: token } = await server().login('mary')
    const others = await server().fetch('/v1/sessions?others=true', {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(others.status).toBe(204)
    await page.getByRole('link', { name: 'Sessions' }).first().click()
    await page.getByText('Your session has ended').waitFor()
    await signIn(page, 'mary')
    await titleIs(page, 'Sessions')
    await context.close()
  })

  it('a network that fails says so, keeps what is shown, and recovers by a button', async () => {
    const { page, context } = await signedIn(browser(), server().url, 'owner', '/')
    await titleIs(page, 'Overview')
    await context.route('**/v1/users*', (route) => route.abort())
    await page.getByRole('link', { name: 'People' }).click()
    await page.getByText('The server did not answer').waitFor({ timeout: 20_000 })
    await context.unroute('**/v1/users*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('cell', { name: 'owner', exact: true }).waitFor()
    await context.close()
  })

  it('a slow answer shows the page’s places first, and a refusal of the server says what to do', async () => {
    const { page, context } = await signedIn(browser(), server().url, 'owner', '/')
    server().faults.order({ operation: 'listClients', with: { delaySeconds: 1 } })
    await page.getByRole('link', { name: 'Clients' }).click()
    await page.locator('table[aria-busy=true] .bone').first().waitFor()
    await page.getByText('No clients yet').waitFor()
    server().faults.order({ operation: 'listApis', with: 503, times: 10 })
    await page.getByRole('link', { name: 'APIs' }).click()
    await page.getByText('The server cannot do this right now').waitFor({ timeout: 20_000 })
    await page.getByRole('button', { name: 'Copy request id' }).waitFor()
    server().faults.clear()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('cell', { name: 'built in' }).waitFor()
    await context.close()
  })

  it('what needs a recent login asks once, and goes on', async () => {
    await server().user('noether', 'viewer')
    const { page, context } = await signedIn(browser(), server().url, 'noether', '/tokens/new')
    await titleIs(page, 'Make a token')
    // As the server answers where the login is older than five minutes.
    let asked = 0
    await context.route('**/v1/tokens', async (route) => {
      asked += 1
      if (asked > 1) return route.continue()
      const body = {
        type: 'urn:countersign:error:login_too_old',
        title: 'Login too old',
        status: 401,
        code: 'login_too_old',
        detail: 'This operation requires a recent login.',
      }
      return route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify(body) })
    })
    await page.getByLabel('What is it for?').fill('after lunch')
    await page.getByRole('main').getByRole('button', { name: 'Make a token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    // Whoever types the password at once types it where it belongs.
    await page.keyboard.type(goodPassword)
    expect(await dialog.getByLabel('Password', { exact: true }).inputValue()).toBe(goodPassword)
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await titleIs(page, 'after lunch is ready')
    expect(asked).toBe(2)
    await context.close()
  })
}
