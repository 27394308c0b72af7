import { readFileSync } from 'node:fs'

/** CPU time and memory of a process. `undefined` on systems other than Linux. */
export interface Consumption {
  /** User and system time of all threads. */
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** Ticks per second of `/proc/PID/stat`: 100 on every Linux that Node.js is built for. */
const ticksPerSecond = 100

export function consumptionOf(pid: number): Consumption | undefined {
  const stat = readProc(pid, 'stat')
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, 'status') ?? '')?.[1]
  if (stat === undefined || resident === undefined) return undefined
  // Only the name in parentheses may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentBytes: Number(resident) * 1024,
  }
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined // there is no such file system, or the process has ended
  }
}
