// A real server around a test's own pipeline. Tests only.
import type { RequestListener } from 'node:http'
import type { Random } from '@countersign/core'
import { onTestFinished } from 'vitest'
import { type Listening, type ListenOptions, listen } from '../binding/listen.ts'
import { nodeBinding } from '../binding/node.ts'
import type { Handle } from '../message.ts'

/** Deterministic: returns a counter, so that tests know the values. */
export const countingRandom = (): Random => {
  let calls = 0
  return {
    bytes(count) {
      calls++
      return new Uint8Array(count).fill(calls)
    },
  }
}

export interface TestServer extends Listening {
  readonly origin: string
  readonly faults: unknown[]
}

export async function serve(
  handle: Handle,
  options: Partial<ListenOptions> & {
    binding?: (handle: Handle, faults: unknown[]) => RequestListener
  } = {},
): Promise<TestServer> {
  const faults: unknown[] = []
  const bind =
    options.binding ??
    ((bound: Handle) =>
      nodeBinding(bound, { random: countingRandom(), onFault: (fault: unknown) => void faults.push(fault) }))
  const listening = await listen({ host: '127.0.0.1', port: 0, ...options, listener: bind(handle, faults) })
  onTestFinished(() => {
    listening.cut()
    return listening.stop(0).then(() => {})
  })
  return { ...listening, faults, origin: `http${options.tls ? 's' : ''}://127.0.0.1:${listening.port}` }
}
