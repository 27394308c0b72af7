import { operationsOf } from '../../spec/reader/operations.ts'

interface Bundle {
  readonly components: { readonly securitySchemes: Readonly<Record<string, { readonly scheme?: string }>> }
}

/** For the client, as TypeScript: where it must not send its access token. */
export const tokenlessList = (bundle: Bundle): string => `
/** Operations that read no access token as a bearer; a segment in braces stands for any. */
export const tokenless: readonly string[] = [
${tokenlessOperations(bundle)
  .map((operation) => `    "${operation}",\n`)
  .join('')}];
`

/**
 * The operations that read no access token as a bearer, as `METHOD /path`.
 *
 * Where nobody is authenticated before the handler (`least: none`), a bearer scheme is a way to log in: what it carries is
 * a refresh token.
 */
const tokenlessOperations = (bundle: Bundle): string[] => {
  const { securitySchemes } = bundle.components
  const isBearer = (name: string) => securitySchemes[name]?.scheme === 'bearer'
  return operationsOf(bundle)
    .filter(({ access, security = [] }) => access.least === 'none' || !security.flatMap(Object.keys).some(isBearer))
    .map(({ method, path }) => `${method} ${path}`)
}
