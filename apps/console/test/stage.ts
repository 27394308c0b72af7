// A real server and a real browser. Every page is watched: what it asks, what it logs, and what its policy refuses.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { goodPassword, startTestServer, type TestServer, type TestServerOptions } from '@countersign/server/testing'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const dist = join(import.meta.dirname, '../dist')
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why the stories cannot run here; `undefined` if they can. */
export const missing: string | undefined =
  executable === undefined
    ? 'no Chromium here (Debian’s package chromium)'
    : existsSync(join(dist, 'index.html'))
      ? undefined
      : 'the console is not built (pnpm build)'

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: executable ?? '', args: quiet })

/** The console as it was built; a test server has a page in its place otherwise. */
const consoleFiles = {
  read(name: string): Buffer | undefined {
    const file = join(dist, name)
    return existsSync(file) ? readFileSync(file) : undefined
  },
}

/** A server whose own address is its issuer, with the owner `owner`. */
export async function serverWithOwner(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer({
    inMemory: true,
    cheapHashes: true,
    issuerIsUrl: true,
    consoleFiles,
    ...options,
  })
  await server.user('owner', 'owner')
  return server
}

/** A browser and a server for all stories of a `describe`, which are skipped where there is none. */
export function useStage(): readonly [browser: () => Browser, server: () => TestServer] {
  let browser: Browser
  let server: TestServer
  beforeAll(async () => {
    if (missing !== undefined) return
    server = await serverWithOwner()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing)
  })
  return [() => browser, () => server]
}

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Everything that the page asked for. */
  readonly asked: readonly string[]
  /** What the page logged as an error, except that a request was refused. */
  readonly complaints: readonly string[]
  /** Everything that the console of the developer tools has. */
  readonly logged: readonly string[]
  open(path?: string): Promise<void>
}

/** A browser's profile of its own, and a page in it. */
export async function visit(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en', ...options })
  const page = await context.newPage()
  const [asked, complaints, logged]: [string[], string[], string[]] = [[], [], []]
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => {
    const text = message.text()
    logged.push(text)
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) complaints.push(text)
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  const open = async (path = '/') => {
    await page.goto(`${url}/console${path}`)
  }
  return { page, context, asked, complaints, logged, open }
}

export interface Factors {
  readonly password?: string
  readonly code?: string
}

/** Fills the sign-in and sends it. */
export async function signIn(
  page: Page,
  username: string,
  { password = goodPassword, code }: Factors = {},
): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  if (code !== undefined) await page.getByLabel(/Authenticator code/).fill(code)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** A page of a user who is signed in, at a path. */
export async function signedIn(browser: Browser, url: string, username: string, path = '/'): Promise<Visit> {
  const visited = await visit(browser, url)
  await visited.open(path)
  await signIn(visited.page, username)
  await visited.page.getByRole('navigation').waitFor()
  return visited
}

/** Another page, as its links lead there: nothing is loaded again. */
export const turnTo = (page: Page, path: string): Promise<void> =>
  page.evaluate((to) => history.pushState(null, '', to), `/console${path}`)

/** The page's title, once it is there. */
export const titleIs = (page: Page, title: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name: title }).waitFor()

const allRules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/**
 * The rules of WCAG 2.2 AA that the page breaks. The rules' program is evaluated beside the page's own policy.
 *
 * @param rules `colours`: only those that another theme can break. Default is all.
 */
export async function axeFaults(page: Page, rules: 'all' | 'colours' = 'all'): Promise<readonly string[]> {
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.evaluate(axe.source)
  const runOnly = rules === 'all' ? allRules : { type: 'rule', values: ['color-contrast'] }
  const found = (await page.evaluate(`axe.run(document, ${JSON.stringify({ runOnly })})`)) as {
    violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[]
  }
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

/** Nothing was asked of another origin, and nothing was refused by the content security policy. */
export function expectQuiet({ asked, complaints }: Visit, url: string): void {
  expect(asked.filter((one) => !one.startsWith(`${url}/`) && !one.startsWith('data:'))).toEqual([])
  expect(complaints).toEqual([])
}
