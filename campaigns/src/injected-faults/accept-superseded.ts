// The rotation does not check that the presented generation is the current one.
import { rewriteStatements } from './driver.ts'

rewriteStatements((sql) =>
  sql.startsWith('update "authorizations" set "generation" = "generation" +')
    ? sql.replace(/("id" = \? and )"generation" = \?/, '$1"generation" >= ?')
    : sql,
)
