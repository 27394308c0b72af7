// The process that sends requests. It is a process of its own, so that no event loop of a side waits for it.
import { Lane } from './lane.ts'
import type { Order, Reply, Script, SliceResult } from './script.ts'

const scripts = new Map<string, readonly Lane[]>()

async function runSlice(script: Script, seconds: number): Promise<SliceResult> {
  const lanes = scripts.get(script.name) ?? Array.from({ length: script.connections }, (_, i) => new Lane(script, i))
  scripts.set(script.name, lanes)
  await Promise.all(lanes.map((lane) => lane.ready()))
  const latencies: number[] = []
  let failures = 0
  let firstFailure: string | undefined
  const cpuBefore = process.cpuUsage()
  const began = performance.now()
  const end = began + seconds * 1000
  const work = async (lane: Lane): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      const sent = now
      const fault = await lane.step().catch((error: Error) => error.message)
      now = performance.now()
      latencies.push(now - sent)
      if (fault === undefined) continue
      failures++
      firstFailure ??= fault
      await lane.ready()
    }
  }
  await Promise.all(lanes.map(work))
  const cpu = process.cpuUsage(cpuBefore)
  return {
    answers: latencies.length,
    failures,
    firstFailure,
    seconds: (performance.now() - began) / 1000,
    latenciesMilliseconds: Float32Array.from(latencies),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  }
}

async function obey(order: Order): Promise<SliceResult | undefined> {
  if (order.kind === 'slice') return runSlice(order.script, order.seconds)
  for (const lane of scripts.get(order.name) ?? []) lane.close()
  scripts.delete(order.name)
  return undefined
}

process.on('message', (order: Order) => {
  obey(order).then(
    (result) => answer({ id: order.id, ...(result ? { result } : {}) }),
    (error: Error) => answer({ id: order.id, error: error.message }),
  )
})
const answer = (reply: Reply): void => {
  process.send?.(reply)
}
process.on('disconnect', () => process.exit(0))
