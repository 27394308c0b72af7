import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { header } from './contract.ts'

interface Operation {
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly 'x-access': { readonly least: string }
}

interface Bundle {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
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
export const tokenlessOperations = ({ paths, components: { securitySchemes } }: Bundle): string[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(
        ([, { security, 'x-access': access }]) =>
          access.least === 'none' ||
          !security.some((alternative) =>
            Object.keys(alternative).some((name) => securitySchemes[name]?.scheme === 'bearer'),
          ),
      )
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  )
