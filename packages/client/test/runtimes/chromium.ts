// A page in a browser, of the same origin as the server: it answers no other origin's questions (CORS).
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium as driver } from 'playwright-core'
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
export async function inPage(path: string, { folder, baseUrl, password }: Place, name: string): Promise<unknown> {
  const stage = await startStage(baseUrl, await scenes(folder))
  let browser: Browser | undefined
  try {
    browser = await driver.launch({ executablePath: path, args: quiet })
    const page = await browser.newPage()
    await page.goto(`${stage.url}/page`)
    const call = `import('/life.mjs').then((life) => life[${JSON.stringify(name)}]('/', ${JSON.stringify(password)}))`
    return await page.evaluate(call)
  } finally {
    await browser?.close()
    await stage.close()
  }
}

async function scenes(folder: string): Promise<Record<string, Scene>> {
  const script = (file: string): Scene => {
    const text = readFile(join(folder, file))
    return async (response) => response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(await text)
  }
  const modules = await modulesOf(folder)
  const imports = {
    '@countersign/client': '/modules/@countersign/client/index.js',
    'openapi-fetch': '/modules/openapi-fetch',
  }
  const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`
  return {
    '/page': (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end(page),
    '/life.mjs': script('life.mjs'),
    ...Object.fromEntries(modules.map(({ name, file }) => [`/modules/${name}`, script(file)])),
  }
}
