import { ServerRun } from '@countersign/server/testing'
import type { Browser } from 'playwright-core'
import { expect, it } from 'vitest'
import { expectQuiet, signIn, titleIs, visit } from '../stage.ts'

/** A server as an operator starts it, with nothing but what its first start prints. */
export function ownServerStories(browser: () => Browser): void {
  it.each([
    ['on loopback', []],
    ['over TLS', ['--tls-self-signed']],
  ] as const)(
    'the first owner signs in with what the first start printed, and stays through a restart: %s',
    async (_, flags) => {
      await using run = await ServerRun.start({ flags })
      expect(run.announced).toContain(`${run.url}/console`)
      const visited = await visit(browser(), run.url, { ignoreHTTPSErrors: true })
      const { page, context } = visited
      // A browser that opens the server's own address is at the console.
      await page.goto(run.url)
      expect(page.url()).toBe(`${run.url}/console`)
      await signIn(page, 'owner', { password: run.ownerPassword })
      await titleIs(page, 'Overview')
      const [cookie] = await context.cookies()
      expect(cookie).toMatchObject({ name: '__Host-countersign', httpOnly: true, secure: true, sameSite: 'Strict' })
      await run.restart()
      await page.getByRole('link', { name: 'Settings' }).click()
      await page.getByRole('cell', { name: 'retry-window-seconds' }).waitFor({ timeout: 20_000 })
      await page.getByRole('link', { name: 'Keys' }).click()
      await page.getByText('Signing', { exact: true }).waitFor()
      expectQuiet(visited, run.url)
      await context.close()
    },
  )
}
