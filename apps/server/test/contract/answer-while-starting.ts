import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config/read-config.ts'
import { dialects } from '../../src/dialects/registry.ts'
import { createLogger } from '../../src/log/logger.ts'
import { startServer } from '../../src/serve/running-server.ts'
import { type Answer, Recorder } from './recorder.ts'

/** What a server answers that has its port already and its data folder not yet. */
export async function answerWhileStarting(method: string, path: string): Promise<Answer> {
  const data = mkdtempSync(join(tmpdir(), 'countersign-starting-'))
  const logger = createLogger({ level: 'silent', sink: { write: () => true, writableLength: 0 } })
  const asked: { recorder: Recorder; answer: Promise<Answer> }[] = []
  const running = await startServer((port) => {
    if (port !== undefined) {
      // Asked for the configuration again: the port is open, and nothing else is.
      const recorder = new Recorder(port)
      asked.push({ recorder, answer: recorder.ask(method, path) })
    }
    return readConfig({ flags: { data, port: '0' }, env: {} }, dialects)
  }, logger)
  const [first] = asked
  if (!first) throw new Error('the port was never open without the rest')
  try {
    return await first.answer
  } finally {
    first.recorder.close()
    await running.stop()
    rmSync(data, { recursive: true, force: true })
  }
}
