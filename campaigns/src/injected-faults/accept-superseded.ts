// The rotation does not check that the presented generation is the current one.
import { rewriteStatements } from './drivers/driver.ts'

rewriteStatements((sql) =>
  sql.startsWith('update "authorizations" set "generation" = "generation" +')
    ? sql.replace(/("id" = (?:\?|\$\d+) and )"generation" = (\?|\$\d+)/, '$1"generation" >= $2')
    : sql,
)
