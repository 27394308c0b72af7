import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../src/testing/test-server.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

describe.skipIf(executablePath === undefined)('the documentation page in a browser (needs Chromium)', () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer()
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: quiet })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  it('shows every operation under its content security policy, contacts no other origin, and logs no error', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } })
    const asked: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${server.url}/docs`)
    await page.waitForSelector('.opblock-tag')
    // It begins folded, and has a field to find a tag by.
    expect(await page.locator('.opblock-summary-path').count()).toBe(0)
    expect(await page.locator('.operation-filter-input').count()).toBe(1)
    for (const tag of await page.locator('.opblock-tag').all()) await tag.click()
    await page.waitForSelector('.opblock-tag-section:last-of-type .opblock-summary-path')
    const shown = await page.locator('.opblock-summary-path').allTextContents()
    const paths = new Set(shown.map((text) => text.replaceAll('\u200b', '')))
    const { paths: documented } = (await (await server.fetch('/openapi.json')).json()) as { paths: object }
    expect([...paths].toSorted()).toEqual(Object.keys(documented).toSorted())
    expect(await page.locator('.errors-wrapper').count()).toBe(0)
    await page.locator('.opblock-summary', { hasText: '/v1/sessions' }).first().click()
    await page.waitForSelector('.opblock-body .responses-table')
    expect(asked.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith('data:'))).toEqual([])
    expect(complaints).toEqual([])
    const { COUNTERSIGN_SCREENSHOT: path } = process.env
    if (path !== undefined) await page.screenshot({ path })
  })
})
