import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operationsOf } from '../../spec/reader/operations.ts'
import { header } from './contract.ts'

interface Bundle {
  readonly components: { readonly securitySchemes: Readonly<Record<string, { readonly scheme?: string }>> }
}

/** For the published client: where it must not show its access token. Read from the staged bundle. */
export const makeTokenless = (staging: string, hash: string): void => {
  const bundle = JSON.parse(readFileSync(join(staging, 'spec/gen/openapi.json'), 'utf8')) as Bundle
  const lines = tokenlessOperations(bundle).map((operation) => `  '${operation}',\n`)
  writeFileSync(
    join(staging, 'packages/client/src/generated/tokenless.ts'),
    `${header(hash)}
/** Operations that read no access token as a bearer; a segment in braces stands for any. */
export const tokenless: readonly string[] = [
${lines.join('')}]
`,
  )
}

/**
 * The operations that read no access token as a bearer, as `METHOD /path`.
 *
 * Where nobody is authenticated before the handler (`least: none`), a bearer scheme is a way to log in: what it carries is
 * a refresh token.
 */
export const tokenlessOperations = (bundle: Bundle): string[] => {
  const { securitySchemes } = bundle.components
  const isBearer = (name: string) => securitySchemes[name]?.scheme === 'bearer'
  return operationsOf(bundle)
    .filter(({ access, security = [] }) => access.least === 'none' || !security.flatMap(Object.keys).some(isBearer))
    .map(({ method, path }) => `${method} ${path}`)
}
