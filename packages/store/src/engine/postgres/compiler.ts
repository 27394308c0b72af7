import {
  ColumnDefinitionNode,
  type DataTypeNode,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'

/**
 * Text of a column is compared byte by byte, whatever the collation of the database is: ids and names are then in the order of
 * SQLite, and a prefix is a range of an index.
 */
class Compiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node)
    const of = this.parentNode
    if (node.dataType === 'text' && of !== undefined && ColumnDefinitionNode.is(of)) this.append(' collate "C"')
  }
}

/** Kysely as a compiler for PostgreSQL: it is never given a connection. */
export const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new Compiler(),
  },
})
