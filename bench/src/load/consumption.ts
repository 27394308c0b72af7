import { readFileSync } from 'node:fs'

/** What a process has used. Nothing where the system does not tell (it is no Linux). */
export interface Consumption {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** Ticks a second of `/proc/PID/stat`: 100 on every Linux that Node.js is built for. */
const ticksPerSecond = 100

export function consumptionOf(pid: number): Consumption | undefined {
  const stat = readProc(pid, 'stat')
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, 'status') ?? '')?.[1]
  if (stat === undefined || resident === undefined) return undefined
  // The name in parentheses may hold spaces; what follows it does not.
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
    return undefined // no such file system, or the process has ended: both mean that nothing can be told
  }
}
