/*
 * Restores a backup and ends at a step, as a power cut would end it. Arguments: path, backup, the number of the step (from 1).
 * Prints `done` if there is no such step.
 */
import { restoreDatabase } from '../../backup/restore.ts'
import { restoreOptions } from '../restore-options.ts'

const [path = '', file = '', last = '0'] = process.argv.slice(2)
let step = 0
await restoreDatabase({
  ...restoreOptions(path, file),
  onStep: () => {
    if (++step === Number(last)) process.kill(process.pid, 'SIGKILL')
  },
})
process.stdout.write('done')
