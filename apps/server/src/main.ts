// The process: arguments, streams, exit. Everything else is in rooms that can be opened without one.
import { runProgram } from './cli/program.ts'

/** A log pipe that nobody reads would keep the process alive after its end. */
const lastWordsMilliseconds = 1_000

for (const stream of [process.stdout, process.stderr]) {
  // The reader went away: what it does not want to hear is no reason to die.
  stream.on('error', () => {})
}

const status = await runProgram(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stdin: process.stdin,
  log: process.stderr,
  process,
  exit: (code) => process.exit(code),
})
process.exitCode = status
setTimeout(() => process.exit(), lastWordsMilliseconds).unref()
