// Pictures of every page, to be looked at: two themes, two widths, four states. `pnpm --filter @countersign/console screenshots [FOLDER]`
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { goodPassword, type TestServer } from '@countersign/server/testing'
import type { Page } from 'playwright-core'
import { places } from '../src/shell/routes.ts'
import { picture as readmePicture } from './pictures.ts'
import { missing, openBrowser, serverWithOwner, signIn, visit } from './stage.ts'

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '../../../.cache/screenshots'))
const widths = [1280, 360] as const
const day = 86_400
/** Beside the palette. */
const shownInReadme = ['overview', 'tokens', 'new-token']

/** Something of everything, so that no page is empty. */
async function furnish(server: TestServer): Promise<ReadonlyMap<string, string>> {
  for (const [name, role] of [
    ['grace', 'manager'],
    ['ada', 'viewer'],
    ['עדה לאבלייס', 'viewer'],
    ['somebody-with-a-name-that-goes-on-and-on-and-on-without-an-end', 'viewer'],
  ] as const) {
    await server.user(name, role)
  }
  const { access_token: token } = await server.login('owner')
  const call = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await server.fetch(path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? {} : JSON.parse(text)
  }
  const scopes = [
    { name: 'orders:read', description: 'See orders.', least_role: 'viewer' },
    { name: 'orders:write', description: 'Change orders.', least_role: 'manager' },
  ]
  const api = await call('POST', '/v1/apis', { identifier: 'https://orders.example', name: 'Orders', scopes })
  for (const [label, days] of [
    ['nightly backup', 90],
    ['deploy from CI', 3],
    ['metrics exporter', 365],
  ] as const) {
    await call('POST', '/v1/tokens', { label, scope: 'read', role: 'viewer', expires_in: days * day })
  }
  const given = { identifier: 'https://orders.example', scope: 'orders:read' }
  const { client } = (await call('POST', '/v1/clients', { name: 'reporting', apis: [given] })) as {
    client: { id: string }
  }
  await call('POST', '/v1/clients', { name: 'warehouse', role: 'manager' })
  for (const name of ['web-1', 'web-2', 'db']) await call('POST', '/v1/droplets', { name })
  await call('POST', '/v1/droplets/db/stop')
  for (const name of ['ada', 'grace']) await server.login(name)
  const { users } = (await call('GET', '/v1/users')) as { users: { id: string; username: string }[] }
  const { authorizations } = (await call('GET', '/v1/authorizations')) as {
    authorizations: { id: string; label: string }[]
  }
  const { droplets } = (await call('GET', '/v1/droplets')) as { droplets: { id: string }[] }
  return new Map([
    ['token', `/tokens/${authorizations.find(({ label }) => label === 'nightly backup')?.id}`],
    ['person', `/people/${users.find(({ username }) => username === 'grace')?.id}`],
    ['client', `/clients/${client.id}`],
    ['api', `/apis/${api.id}`],
    ['droplet', `/droplets/${droplets[0]?.id}`],
    ['new-token', '/tokens/new'],
    ['new-person', '/people/new'],
    ['new-client', '/clients/new'],
    ['new-api', '/apis/new'],
    ['not-found', '/nowhere'],
  ])
}

/** What a state is made with: answers that never come, that are refused, and a server that has nothing but its owner. */
const states = ['full', 'empty', 'loading', 'error'] as const
type State = (typeof states)[number]

const refusal = {
  type: 'urn:countersign:error:internal',
  title: 'Internal error',
  status: 500,
  code: 'internal',
  detail: 'The server has a fault.',
}

/** All but who is signed in. */
async function hinder(page: Page, state: State): Promise<void> {
  if (state !== 'loading' && state !== 'error') return
  await page.route(/\/v1\/(?!me$|sessions)/, (route) => {
    if (state === 'loading') return
    return route.fulfill({
      status: 500,
      contentType: 'application/problem+json',
      headers: { 'x-request-id': '5b1f0c9a7e3d42c8' },
      body: JSON.stringify(refusal),
    })
  })
}

if (missing !== undefined) throw new Error(missing)
const browser = await openBrowser()
const server = await serverWithOwner()
const emptyServer = await serverWithOwner()
const lists = places.map(({ path }) => [path.slice(1) || 'overview', path] as const)
const named = new Map([...lists, ...(await furnish(server))])
const tasks = states.flatMap((state) => (['light', 'dark'] as const).map((colorScheme) => ({ state, colorScheme })))
for (const { state, colorScheme } of tasks) {
  await mkdir(join(folder, state), { recursive: true })
  const { url } = state === 'empty' ? emptyServer : server
  const { page, open, context } = await visit(browser, url, { colorScheme, reducedMotion: 'reduce' })
  const picture = async (name: string, width: number) => {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 860 })
    await page.locator('h1').first().waitFor()
    if (state === 'loading') await page.locator('.bone').first().waitFor({ timeout: 2000 }).catch(nothingAwaited)
    else await page.waitForFunction(() => document.querySelectorAll('.bone').length === 0)
    await page.screenshot({ path: join(folder, state, `${name}-${colorScheme}-${width}.png`) })
  }
  const isFull = state === 'full'
  await open()
  if (isFull) for (const width of widths) await picture('sign-in', width)
  await signIn(page, 'owner', { password: goodPassword })
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await hinder(page, state)
  for (const [name, path] of state === 'empty' ? lists : named) {
    await open(path)
    for (const width of widths) await picture(name, width)
    if (isFull && colorScheme === 'light' && shownInReadme.includes(name)) {
      await page.setViewportSize({ width: 1280, height: 860 })
      await readmePicture(page, `console-${name}`)
    }
  }
  if (isFull) {
    await open('/tokens')
    await picture('tokens', 1280)
    await page.keyboard.press('Control+k')
    await page.getByRole('menuitem').first().waitFor()
    await page.screenshot({ path: join(folder, state, `palette-${colorScheme}-1280.png`) })
    if (colorScheme === 'dark') await readmePicture(page, 'console-palette')
  }
  await context.close()
}
await browser.close()
await Promise.all([server.close(), emptyServer.close()])
console.log(`The pictures are in ${folder}`)

/** A form that waits for nothing. */
function nothingAwaited(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'TimeoutError') throw error
}
