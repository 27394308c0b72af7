import { readFile } from 'node:fs/promises'
import type { TestServer } from '@countersign/server/testing'
import type { Browser } from 'playwright-core'
import { expect, it } from 'vitest'
import { details, places } from '../../src/shell/routes.ts'
import { signedIn } from '../stage.ts'

const ranks = ['viewer', 'manager', 'owner']

interface Operation {
  readonly operationId?: string
  readonly 'x-access'?: { readonly least: string }
}

/** The least role of each operation, as the contract says. */
async function leastRoles(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(new URL('../../../../spec/gen/openapi.json', import.meta.url), 'utf8')
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> }
  const all = Object.values(paths).flatMap((path) => Object.values(path))
  return new Map(all.map((one) => [one.operationId ?? '', one['x-access']?.least ?? '']))
}

export function roleStories(browser: () => Browser, server: () => TestServer): void {
  it('each page is shown from the role on that the contract asks for its operation', async () => {
    const least = await leastRoles()
    const told = [...places, ...details].map((route) => [route.path, route.operation, route.least])
    expect(told).toEqual(
      [...places, ...details].map((route) => [route.path, route.operation, least.get(route.operation)]),
    )
  })

  it.each(['viewer', 'manager', 'owner'] as const)('a %s sees the pages of the role, and no others', async (role) => {
    const username = role === 'owner' ? 'owner' : `some ${role}`
    if (role !== 'owner') await server().user(username, role)
    const { page, asked, context } = await signedIn(browser(), server().url, username)
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    const shown = await page
      .getByRole('navigation')
      .locator('.rail-link')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')))
    const allowed = places.filter(({ least }) => ranks.indexOf(least) <= ranks.indexOf(role))
    expect(shown).toEqual(allowed.map(({ path }) => `/console${path}`))
    for (const { path } of places.filter((place) => !allowed.includes(place))) {
      await page.goto(`${server().url}/console${path}`)
      await page.getByText('There is no page at this address').waitFor()
    }
    // Hidden is not all: nothing was even asked that the role may not see.
    const refused = asked.filter((url) => /\/v1\/(clients|audit|apis)|all=true/.test(url))
    if (role !== 'owner') expect(refused).toEqual([])
    await context.close()
  })
}
