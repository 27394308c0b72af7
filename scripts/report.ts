/** The vitest reporter of `pnpm test`: prints skipped tests with their reasons, and the totals on the last line. */
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/** The totals of a run. */
export interface Count {
  passed: number
  failed: number
  /** One line per test that did not run, with its reason. */
  skipped: string[]
}

type Ended = Parameters<NonNullable<Reporter['onTestRunEnd']>>

/**
 * Counts a finished run. Every error that vitest reports counts as one failure. Otherwise a file that cannot be loaded,
 * or a hook that throws, would only reduce the number of passed tests.
 */
export function countRun(...[modules, unhandledErrors, reason]: Ended): Count {
  const count: Count = { passed: 0, failed: unhandledErrors.length, skipped: [] }
  for (const module of modules) {
    count.failed += module.errors().length
    for (const suite of module.children.allSuites()) count.failed += suite.errors().length
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
      count.failed += 1
  }
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

/** Prints when the process ends, after all other reporters. */
export class SummaryReporter implements Reporter {
  /** The totals so far, in case the run is aborted. */
  #count: Count = { passed: 0, failed: 0, skipped: [] }

  onInit(): void {
    process.once('exit', (code) => {
      const count = this.#count
      // If vitest ended with an error, even outside the tests, the totals must not say "0 failed".
      if (code !== 0 && count.failed === 0) count.failed = 1
      const skipped = count.skipped.length === 0 ? [] : ['', 'skipped:', ...count.skipped.map((line) => `  ${line}`)]
      process.stdout.write(`${[...skipped, '', countLine(count)].join('\n')}\n`)
    })
  }

  onTestCaseResult(test: TestCase): void {
    add(this.#count, test.module, test)
  }

  onTestRunEnd(...ended: Ended): void {
    this.#count = countRun(...ended)
  }
}
