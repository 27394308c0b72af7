// A page in a browser, of the same origin as the server: it answers no other origin's questions (CORS).
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium as driver, type Page } from 'playwright-core'
import { type Scene, startStage } from '../stage.ts'
import { executable } from './executables.ts'
import { modulesOf } from './modules.ts'
import type { Place, Runtime } from './runtime.ts'

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const chromium: Runtime = {
  name: 'Chromium',
  install: "Debian's package chromium",
  find: () => executable('chromium', /^Chromium \d/),
  live: (path, place) => inPage(path, place, 'live'),
}

/**
 * Calls what `life.mjs` exports, in a page whose base URL is `/`.
 *
 * @returns What it told.
 */
export function inPage(path: string, place: Place, name: string): Promise<unknown> {
  return inBrowser(path, place, async (open) => {
    const page = await open()
    const call = `import('/life.mjs').then((life) => life[${JSON.stringify(name)}]('/', ${JSON.stringify(place.password)}))`
    return page.evaluate(call)
  })
}

/**
 * Opens pages of one origin, in one browser with one storage.
 *
 * @param work Opens each page by calling `open`; `/` is the server. The browser is closed when it ends.
 * @param scripts Files of the folder that a page may import, beside `life.mjs`.
 */
export async function inBrowser<Result>(
  path: string,
  { folder, baseUrl }: Place,
  work: (open: () => Promise<Page>, context: BrowserContext) => Promise<Result>,
  scripts: readonly string[] = [],
): Promise<Result> {
  const stage = await startStage(baseUrl, await scenes(folder, ['life.mjs', ...scripts]))
  let browser: Browser | undefined
  try {
    browser = await driver.launch({ executablePath: path, args: quiet })
    const context = await browser.newContext()
    const open = async (): Promise<Page> => {
      const page = await context.newPage()
      await page.goto(`${stage.url}/page`)
      return page
    }
    return await work(open, context)
  } finally {
    await browser?.close()
    await stage.close()
  }
}

async function scenes(folder: string, scripts: readonly string[]): Promise<Record<string, Scene>> {
  const script = (file: string): Scene => {
    const text = readFile(join(folder, file))
    return async (response) =>
      response.writeHead(200, { 'Content-Type': 'text/javascript', 'Access-Control-Allow-Origin': '*' }).end(await text)
  }
  const modules = await modulesOf(folder)
  const imports = {
    '@countersign/client': '/modules/@countersign/client/index.js',
    '@countersign/client/web': '/modules/@countersign/client/browser/index.js',
  }
  const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`
  return {
    '/page': (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end(page),
    ...Object.fromEntries(scripts.map((file) => [`/${file}`, script(file)])),
    ...Object.fromEntries(modules.map(({ name, file }) => [`/modules/${name}`, script(file)])),
  }
}
