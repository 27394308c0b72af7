// The entry of the process: arguments, streams, exit. Everything else can be used without a process.
import { constants, setPriority } from 'node:os'
import { runProgram } from './cli/program.ts'

/** How long the last log lines may take: otherwise a log pipe without a reader keeps the process alive. */
const flushMilliseconds = 1_000

for (const stream of [process.stdout, process.stderr]) {
  // The reader closed the pipe. This must not end the process.
  stream.on('error', () => {})
}

function lowerPriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // A sandbox forbids it. The command does the same at the usual priority.
  }
}

const status = await runProgram(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stdin: process.stdin,
  log: process.stderr,
  process,
  lowerPriority,
  exit: (code) => process.exit(code),
})
process.exitCode = status
setTimeout(() => process.exit(), flushMilliseconds).unref()
