interface Operation {
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly 'x-access': { readonly least: string }
}

interface Bundle {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
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
const tokenlessOperations = ({ paths, components: { securitySchemes } }: Bundle): string[] =>
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
