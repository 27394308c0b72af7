/*
 * Replaces a master key and ends at a step, as a power cut would end it. Arguments: data folder, file of the new key, the number of
 * the step (from 1). Prints the names of the steps.
 */
import { readConfig } from '../../config/read-config.ts'
import { dialects } from '../../dialects/registry.ts'
import { resealFolder } from '../resealing.ts'

const [data = '', newKeyFile = '', last = '0'] = process.argv.slice(2)
let step = 0
await resealFolder(readConfig({ flags: { data }, env: {} }, dialects), {
  newKeyFile,
  now: 1_800_000_000,
  onStep: (name) => {
    process.stdout.write(`${name}\n`)
    if (++step === Number(last)) process.kill(process.pid, 'SIGKILL')
  },
})
process.stdout.write('done\n')
