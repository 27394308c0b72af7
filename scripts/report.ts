/**
 * The vitest reporter of `pnpm test`: prints skipped tests with their reasons, what failed with its errors, and the totals on the
 * last line.
 */
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/** The totals of a run. */
export interface Count {
  passed: number
  failed: number
  /** For each failure, where it is, and the first lines of its error. */
  failures: string[]
  /** One line per test that did not run, with its reason. */
  skipped: string[]
}

type Ended = Parameters<NonNullable<Reporter['onTestRunEnd']>>

/**
 * Counts a finished run. Every error that vitest reports counts as one failure. Otherwise a file that cannot be loaded,
 * or a hook that throws, would only reduce the number of passed tests.
 */
export function countRun(...[modules, unhandledErrors, reason]: Ended): Count {
  const count = nothing()
  for (const error of unhandledErrors) fail(count, 'outside the tests', [error])
  for (const module of modules) {
    for (const error of module.errors()) fail(count, placeOf(module), [error])
    for (const suite of module.children.allSuites())
      for (const error of suite.errors()) fail(count, placeOf(module, suite.fullName), [error])
    for (const test of module.children.allTests()) add(count, module, test)
  }
  if (reason !== 'passed' && count.failed === 0) count.failed = 1
  return count
}

function add(count: Count, module: TestModule, test: TestCase): void {
  const result = test.result()
  switch (result.state) {
    case 'passed':
      count.passed += 1
      return
    case 'skipped':
      count.skipped.push(`${module.project.name}: ${test.fullName}: ${result.note ?? inherited(test)}`)
      return
    case 'failed':
    case 'pending':
      // A test without a result was aborted and must not count as passed.
      fail(count, placeOf(module, test.fullName), result.errors ?? [{ message: 'ended without a result' }])
  }
}

const nothing = (): Count => ({ passed: 0, failed: 0, failures: [], skipped: [] })

interface Failure {
  readonly message: string
  readonly cause?: unknown
}

function fail(count: Count, place: string, errors: readonly Failure[]): void {
  count.failed += 1
  const messages = errors.flatMap((error) => messagesOf(error)).map((message) => `    ${message}`)
  count.failures.push([place, ...messages].join('\n'))
}

const placeOf = (module: TestModule, name?: string): string =>
  [`${module.project.name}: ${module.relativeModuleId}`, ...(name === undefined ? [] : [name])].join(' > ')

/** The first lines of an error's message, and of its causes: those of a worker that did not start say nothing else. */
function messagesOf({ message, cause }: Failure): readonly string[] {
  const lines = message.split('\n').slice(0, 5)
  const isFailure = typeof cause === 'object' && cause !== null && 'message' in cause
  return isFailure
    ? [...lines, ...messagesOf({ message: `cause: ${cause.message}`, cause: (cause as Failure).cause })]
    : lines
}

/** The outermost title with a reason, because `describe.skip` and `.todo` have no other place for one. */
function inherited(test: TestCase): string {
  let reason: string = test.options.mode
  let parent: TestSuite | TestModule = test.parent
  while (parent.type === 'suite') {
    const { name, options } = parent
    if (/skip|todo/.test(options.mode)) reason = `${options.mode} of "${name}"`
    parent = parent.parent
  }
  return reason
}

/** The last line: `12 passed, 0 failed`, or `12 passed, 0 failed, 2 skipped`. */
export function countLine({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`
}

const listed = (title: string, entries: readonly string[]): readonly string[] =>
  entries.length === 0 ? [] : ['', `${title}:`, ...entries.map((entry) => `  ${entry}`)]

/** Prints when the process ends, after all other reporters. */
export class SummaryReporter implements Reporter {
  /** The totals so far, in case the run is aborted. */
  #count: Count = nothing()

  onInit(): void {
    process.once('exit', (code) => {
      const count = this.#count
      // If vitest ended with an error, even outside the tests, the totals must not say "0 failed".
      if (code !== 0 && count.failed === 0) count.failed = 1
      const lines = [...listed('skipped', count.skipped), ...listed('failed', count.failures), '', countLine(count)]
      process.stdout.write(`${lines.join('\n')}\n`)
    })
  }

  onTestCaseResult(test: TestCase): void {
    add(this.#count, test.module, test)
  }

  onTestRunEnd(...ended: Ended): void {
    this.#count = countRun(...ended)
  }
}
