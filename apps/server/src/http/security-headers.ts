// Headers that every answer carries. They are added centrally, so that no handler can forget them.
import type { ResponseHeaders, ResponseValue } from './message.ts'

export interface SecurityHeaderOptions {
  /** Whether the connection uses TLS: only then may HSTS be sent (RFC 6797 §7.2). */
  readonly encrypted: boolean
  /** `documentation` and `console` are the only pages that may run scripts, their own. Default: `api`. */
  readonly page?: 'api' | 'documentation' | 'console'
}

const contentSecurityPolicy = {
  api: "default-src 'none'; frame-ancestors 'none'",
  documentation:
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  // `data:` is the QR picture of an authenticator. No text becomes a script: a page that tries to is stopped (Trusted Types).
  console:
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
} as const

/** What no page of the console needs. The clipboard and passkeys are left to it. */
const deniedFeatures = [
  ...['accelerometer', 'autoplay', 'browsing-topics', 'camera', 'display-capture', 'geolocation', 'gyroscope'],
  ...[
    'hid',
    'magnetometer',
    'microphone',
    'midi',
    'payment',
    'screen-wake-lock',
    'serial',
    'usb',
    'xr-spatial-tracking',
  ],
]
const permissionsPolicy = {
  'permissions-policy': deniedFeatures.map((feature) => `${feature}=()`).join(', '),
} as const

const always = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

const uncached = { 'cache-control': 'no-store', pragma: 'no-cache' } as const
const strictTransport = { 'strict-transport-security': 'max-age=31536000' } as const

const prepared = {
  api: prepare('api'),
  documentation: prepare('documentation'),
  console: prepare('console', permissionsPolicy),
} as const

function prepare(page: keyof typeof contentSecurityPolicy, more: ResponseHeaders = {}) {
  const plain = { ...always, ...more, 'content-security-policy': contentSecurityPolicy[page] }
  return { plain, encrypted: { ...plain, ...strictTransport } }
}

/**
 * Adds the headers above to a response.
 *
 * A response without caching headers is marked as not cacheable (required for responses with credentials by RFC 6749
 * §5.1). Headers of the response itself take precedence.
 */
export function withSecurityHeaders(response: ResponseValue, options: SecurityHeaderOptions): ResponseValue {
  const page = prepared[options.page ?? 'api']
  const base = options.encrypted ? page.encrypted : page.plain
  const headers: ResponseHeaders =
    'cache-control' in response.headers
      ? { ...base, ...response.headers }
      : { ...base, ...uncached, ...response.headers }
  return { status: response.status, headers, body: response.body }
}
