import type { ColumnDefinitionBuilder, CreateTableBuilder, SchemaModule } from 'kysely'

/** A column's type, as Kysely takes it. */
export type DataType = Parameters<CreateTableBuilder<string>['addColumn']>[1]

/** A rule that the database enforces for every program that writes to it: the change is refused with a conflict. */
export interface Guard {
  readonly name: string
  readonly table: string
  readonly refuses: 'insert' | 'update' | 'delete'
  /** Which columns it watches; default is all. */
  readonly columns?: readonly string[]
  /** SQL over `old` and `new`: when it refuses. Default is always. */
  readonly when?: string
}

/** Where the engines' definition languages differ. */
export interface Ddl {
  /** Kysely's builder of definitions, for this engine. */
  readonly schema: SchemaModule
  /** Whole numbers up to 2⁵³: epoch seconds outlive 2038. */
  readonly integer: DataType
  readonly bytes: DataType
  /** The key of a table whose rows are numbered in the order in which they were made. */
  sequence(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder
  /** Finishes a table whose primary key is a `sequence`. */
  counted<T extends string, C extends string>(table: CreateTableBuilder<T, C>): CreateTableBuilder<T, C>
  /** Finishes a table whose primary key is its own data. */
  keyed<T extends string, C extends string>(table: CreateTableBuilder<T, C>): CreateTableBuilder<T, C>
  /**
   * The first version of the schema that a database of this engine may have had rows under. Steps of earlier migrations that convert
   * rows find none, and are left out.
   */
  readonly firstVersion: number
  /** SQL: the greater of two numbers. */
  greatest(one: string, other: string): string
  /** SQL: so many random bytes as hexadecimal digits. Not for secrets. */
  randomHex(bytes: number): string
  guard(guard: Guard): readonly string[]
  /**
   * The first steps of a migration: they keep programs out that know the schema of before. Empty where no other program has the database
   * open meanwhile.
   *
   * @param from 0: the database has no schema.
   */
  fence(from: number, to: number): readonly string[]
  /** Takes a guard away. */
  unguard(guard: Pick<Guard, 'name' | 'table'>): readonly string[]
}
