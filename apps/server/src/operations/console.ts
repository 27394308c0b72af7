// The console: a web application that was built before. Its page and files are served as they are.
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { AuthError } from '@countersign/core'
import type { ConsoleHandlers, Output } from '../generated/index.ts'
import type { Route, Router } from '../http/contract/route.ts'
import type { Context } from '../pipeline/context.ts'

/** Where the files of the console come from. */
export interface ConsoleFiles {
  /** @param name `index.html`, or `assets/` and a name without slashes. `undefined`: there is no such file. */
  read(name: string): Buffer | undefined
}

const pagePath = '/console'
const assetsPath = `${pagePath}/assets/`
const notBuilt = 'The console was not built. Build it with: npx -y pnpm@10.34.9 build'

const mediaTypes = {
  css: 'text/css',
  js: 'text/javascript',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
  woff2: 'font/woff2',
} as const

/** The others are compressed already. */
const compressible: ReadonlySet<string> = new Set(['css', 'js', 'svg'])

type Encoding = 'br' | 'gzip'
type Form = Partial<Record<Encoding, Buffer>> & { readonly plain: Buffer }

const brotli = promisify(brotliCompress)
const deflate = promisify(gzip)
/** 11 takes ten times as long and saves 4 %. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

/** Whether there is a page to link to. */
export const isBuilt = (files: ConsoleFiles): boolean => files.read('index.html') !== undefined

/** The console's page, at every path of its views, and its files. */
export function consoleHandlers(files: ConsoleFiles): ConsoleHandlers<Context> {
  const forms = new Map<string, Promise<Form>>()

  /** A file does not change, since its name has a hash of it: each is compressed once, when it is first asked for. */
  function formsOf(name: string): Promise<Form> | undefined {
    const known = forms.get(name)
    const plain = known ? undefined : files.read(`assets/${name}`)
    if (!plain) return known
    const made = compressible.has(extensionOf(name)) ? compressed(plain) : Promise.resolve({ plain })
    forms.set(name, made)
    return made
  }

  return {
    showConsole() {
      const page = files.read('index.html')
      if (!page) throw new AuthError('not_found', { detail: notBuilt })
      return { status: 200, body: page.toString('utf8'), contentType: 'text/html' }
    },

    async showConsoleAsset({ params: { asset } }, { acceptEncoding }) {
      const form = await formsOf(asset)
      if (!form) throw new AuthError('not_found')
      const encoding = (['br', 'gzip'] as const).find((name) => form[name] && accepts(acceptEncoding, name))
      const headers = {
        'Cache-Control': 'public, max-age=31536000, immutable',
        Vary: 'Accept-Encoding',
        ...(encoding ? { 'Content-Encoding': encoding } : {}),
      } as const
      const body = encoding ? form[encoding] : form.plain
      return {
        status: 200,
        body: body as never,
        contentType: mediaTypes[extensionOf(asset)],
        headers,
      } satisfies Output<'showConsoleAsset'>
    },
  }
}

async function compressed(plain: Buffer): Promise<Form> {
  const [br, gzip] = await Promise.all([brotli(plain, brotliOptions), deflate(plain, { level: 9 })])
  return { plain, ...(br.length < plain.length ? { br } : {}), ...(gzip.length < plain.length ? { gzip } : {}) }
}

const extensionOf = (name: string) => name.slice(name.lastIndexOf('.') + 1) as keyof typeof mediaTypes

/** Whether `Accept-Encoding` has a content coding (RFC 9110 §12.5.3). `*` is not read: no browser sends it. */
const accepts = (acceptEncoding: string, encoding: Encoding): boolean =>
  acceptEncoding.split(',').some((one) => {
    const [name = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase())
    return name === encoding && !parameters.some((parameter) => /^q=0(?:\.0{0,3})?$/.test(parameter))
  })

/**
 * A router that finds the page at every path below it: the views of the console have addresses of their own. What is below
 * `/console/assets` is a file, or missing.
 */
export function withViews<R extends Route>(router: Router<R>): Router<R> {
  const named = (path: string): string =>
    path.startsWith(`${pagePath}/`) && !path.startsWith(assetsPath) ? pagePath : path
  return {
    match: (method, path) => router.match(method, named(path)),
    allowedMethods: (path) => router.allowedMethods(named(path)),
    routesAt: (path) => router.routesAt(named(path)),
  }
}
