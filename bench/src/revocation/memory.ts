import { fileURLToPath } from 'node:url'
import { Program } from '@countersign/server/testing/process'

export interface MemoryFigures {
  readonly revocations: number
  /** The tables of revocations. */
  readonly tableBytes: number
  /** What heap and array buffers grew by, after a garbage collection. */
  readonly heldBytes: number
  /** What the resident memory of the process grew by. */
  readonly residentBytes: number
}

const executable = fileURLToPath(new URL('./memory-process.ts', import.meta.url))

/** Reads so many revocations in a process of its own. @throws Error with its log if it fails. */
export async function measureMemory(revocations: number): Promise<MemoryFigures> {
  const words = ['--expose-gc', '--conditions=countersign', executable, `${revocations}`]
  const { status, out, err } = await Program.start({ arguments: words }).transcript
  if (status !== 0) throw new Error(`the process ended with ${status}: ${err}`)
  return JSON.parse(out)
}
