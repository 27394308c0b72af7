/**
 * The vitest reporter behind `pnpm test`: which tests were skipped and why, and the count on the last line of all.
 * It knows results; not what any test is about.
 */
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/** What a run came to. */
export interface Count {
  passed: number
  failed: number
  /** One line a test that did not run, with its reason. */
  skipped: string[]
}

type Ended = Parameters<NonNullable<Reporter['onTestRunEnd']>>

/**
 * Counts a finished run. Whatever vitest calls an error counts as one failure, so that a file that cannot be loaded or a
 * hook that throws is never a smaller number of tests that passed.
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
      // A test that was begun and has no result was cut off: nobody knows that it would have passed.
      count.failed += 1
  }
}

/** A reason that `describe.skip` or `.todo` gives in a title, since it has no other place for one: the outermost says it. */
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

/** Prints when the process ends, after every other reporter has had its say. */
export class SummaryReporter implements Reporter {
  /** What is known while the run goes on: all there is where it is cut off. */
  #count: Count = { passed: 0, failed: 0, skipped: [] }

  onInit(): void {
    process.once('exit', (code) => {
      const count = this.#count
      // Also when vitest gave up before, amid or after the tests: a status other than 0 is never "0 failed".
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
