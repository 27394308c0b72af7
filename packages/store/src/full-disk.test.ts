import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { openStore } from './open/open.ts'
import { temporaryFolder } from './testing/folder.ts'

const script = fileURLToPath(new URL('testing/processes/filling.ts', import.meta.url))

describe('a disk that takes no more', () => {
  it('N-222 refuses writes as unavailable, loses none that was acknowledged, and reads go on', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    // No file of this process may grow beyond 600 kB.
    const limited = `ulimit -f 1200; exec "$0" --conditions=countersign "$1" "$2"`
    const child = spawn('sh', ['-c', limited, process.execPath, script, path])
    const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
    assert.equal(complaints, '')
    const { counts, wrong } = JSON.parse(output)
    const { created, 'StoreError unavailable': refused, ...others } = counts
    assert.ok(created > 0 && refused > 0 && created + refused === 800, output)
    assert.deepEqual({ others, wrong }, { others: {}, wrong: 0 })
    const store = await openStore({ path })
    assert.deepEqual((await store.check()).faults, [])
    await store.close()
  })
})
