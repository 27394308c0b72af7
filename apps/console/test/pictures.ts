// The four pictures of the README: the overview, the tokens, a new token, and the palette in the dark theme.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

const folder = join(import.meta.dirname, '../../../docs/pictures')
const quality = 60

/** A picture in WebP, which Playwright does not write itself. */
export async function picture(page: Page, name: string): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality })
  await writeFile(join(folder, `${name}.webp`), Buffer.from(data, 'base64'))
  await session.detach()
}
