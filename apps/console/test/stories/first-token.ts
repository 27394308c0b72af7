import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { TestServer } from '@countersign/server/testing'
import type { Browser } from 'playwright-core'
import { expect, it } from 'vitest'
import { expectQuiet, signIn, titleIs, visit } from '../stage.ts'

const run = promisify(execFile)

/** What the command line of the page does, with the token where it asks for it. */
async function withCurl(command: string, token: string): Promise<string> {
  const script = command.replace('read -rs TOKEN', 'IFS= read -r TOKEN')
  const running = run('bash', ['-c', script])
  running.child.stdin?.end(`${token}\n`)
  return (await running).stdout
}

/** A token's whole life, by what the page shows alone. */
export function firstTokenStory(browser: () => Browser, server: () => TestServer): void {
  it('a token is made, used with curl, seen to be used, revoked, and its story is in the audit', async () => {
    const { url } = server()
    const visited = await visit(browser(), url)
    const { page } = visited
    await visited.open()
    await page.getByLabel('Username').waitFor()
    expect(visited.logged).toEqual([])
    const login = page.waitForResponse('**/v1/sessions')
    await signIn(page, 'owner')
    expect(await (await login).json()).toEqual({
      token_type: 'Bearer',
      access_token: '',
      expires_in: expect.any(Number),
      role: 'owner',
      scope: expect.any(String),
    })
    await page.getByRole('link', { name: 'Make a token' }).click()
    await titleIs(page, 'Make a token')
    await page.getByLabel('What is it for?').fill('nightly backup')
    await page.getByRole('main').getByRole('button', { name: 'Make a token' }).click()
    await titleIs(page, 'nightly backup is ready')

    const shown = page.getByRole('status', { name: 'Token' })
    expect(await shown.textContent()).toMatch(/^cs_pat_•+$/)
    await page.getByRole('button', { name: 'Reveal' }).click()
    const token = (await shown.textContent()) ?? ''
    const command = (await page.locator('pre').textContent()) ?? ''
    expect(command).not.toContain(token)
    expect(JSON.parse(await withCurl(command, token))).toMatchObject({ username: 'owner' })

    await page.getByRole('button', { name: 'I have stored it' }).click()
    await titleIs(page, 'nightly backup')
    const id = new URL(page.url()).pathname.split('/').at(-1)
    // What was shown once is nowhere in the page, and no way back shows it.
    expect(await page.content()).not.toContain(token)
    await page.goBack()
    expect(await page.content()).not.toContain(token)
    await page.goForward()
    await page.locator('dt', { hasText: 'Last used' }).locator('+ dd time').waitFor()
    await page.locator('dd', { hasText: '127.0.0.1 · curl' }).waitFor()

    await page.getByRole('button', { name: 'Revoke token' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke token' }).click()
    await titleIs(page, 'Tokens')
    await page.getByRole('cell', { name: 'nightly backup' }).waitFor({ state: 'detached' })
    const refused = await server().fetch('/v1/me', { headers: { authorization: `Bearer ${token}` } })
    expect(refused.status).toBe(401)

    await page.getByRole('link', { name: 'Audit' }).click()
    await page.getByLabel('What', { exact: true }).selectOption('Revoked')
    await page.getByRole('link', { name: 'Revoked' }).click()
    expect(new URL(page.url()).pathname).toBe(`/console/all-tokens/${id}`)
    const story = page.getByRole('list', { name: 'Story' })
    await story.getByText('Issued').waitFor()
    expect(await story.locator('strong').allTextContents()).toEqual(['Revoked', 'Issued'])
    expectQuiet(visited, url)
    expect(visited.asked.some((asked) => asked.includes(token))).toBe(false)
    await visited.context.close()
  })
}
