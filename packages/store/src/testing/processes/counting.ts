/** Another process that commits 1, 2, 3, … and says each number once it was acknowledged. Arguments: path, how many. */
import { openSqlite } from '../../engine/sqlite/sqlite-engine.ts'
import { integer } from '../../schema/kind.ts'
import { update } from '../../schema/statement.ts'

const [path = '', count = '0'] = process.argv.slice(2)

const setMark = update('marks', { value: integer }, (rows, { value }) =>
  rows.set({ value }).where('name', '=', 'keys_revision'),
)

const engine = await openSqlite({ path })
for (let value = 1; value <= Number(count); value++) {
  await engine.write([], (execute) => execute.run(setMark, { value }))
  process.stdout.write(`${value}\n`)
}
await engine.close()
