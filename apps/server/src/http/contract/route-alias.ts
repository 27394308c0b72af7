import type { Route, Router } from './route.ts'

/** A router with second names for some paths. @param aliases From the second name to the path of the contract. */
export function withAliases<R extends Route>(router: Router<R>, aliases: ReadonlyMap<string, string>): Router<R> {
  if (aliases.size === 0) return router
  const named = (path: string): string => aliases.get(path) ?? path
  return {
    match: (method, path) => router.match(method, named(path)),
    allowedMethods: (path) => router.allowedMethods(named(path)),
    routesAt: (path) => router.routesAt(named(path)),
  }
}
