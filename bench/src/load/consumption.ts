import { readFileSync } from 'node:fs'

/** CPU time and memory of a process. `undefined` on systems other than Linux. */
export interface Consumption {
  /** User and system time of all threads. */
  readonly cpuSeconds: number
  readonly residentBytes: number
  /** The part that no file backs: what counts in a container, besides its cache. */
  readonly anonymousBytes: number
}

/** Ticks per second of `/proc/PID/stat`: 100 on every Linux that Node.js is built for. */
const ticksPerSecond = 100

export function consumptionOf(pid: number): Consumption | undefined {
  const stat = readProc(pid, 'stat')
  const status = readProc(pid, 'status') ?? ''
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  const residentBytes = bytes('VmRSS')
  if (stat === undefined || Number.isNaN(residentBytes)) return undefined
  // Only the name in parentheses may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentBytes,
    anonymousBytes: bytes('RssAnon'),
  }
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined // there is no such file system, or the process has ended
  }
}
