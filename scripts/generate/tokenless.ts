import { operationsOf } from '../../spec/reader/operations.ts'

interface Bundle {
  readonly components: { readonly securitySchemes: Readonly<Record<string, { readonly scheme?: string }>> }
}

/** The operations to which the client must not send its access token, as TypeScript. */
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
 * Where no caller is authenticated before the handler (`least: none`), a bearer scheme is a login: it carries a refresh
 * token.
 */
const tokenlessOperations = (bundle: Bundle): string[] => {
  const { securitySchemes } = bundle.components
  const isBearer = (name: string) => securitySchemes[name]?.scheme === 'bearer'
  return operationsOf(bundle)
    .filter(({ access, security = [] }) => access.least === 'none' || !security.flatMap(Object.keys).some(isBearer))
    .map(({ method, path }) => `${method} ${path}`)
}
