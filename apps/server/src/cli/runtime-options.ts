import { Refusal } from './command/io.ts'

/**
 * Looks for options of Node.js with which the server cannot work, before anything is opened.
 *
 * @throws Refusal that names the option.
 */
export function refuseRuntimeOptions(): void {
  if (Object.isFrozen(Array.prototype)) {
    throw new Refusal('the server does not work with --frozen-intrinsics, because Express cannot be loaded with it')
  }
}
