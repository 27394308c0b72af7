/**
 * Makes the errors of a class instances of the same class in this package's other build: a program may load both, one by
 * `import` and one by `require`.
 *
 * @param name Of the class, which a minifier may have changed.
 */
export function recognizedInAnyBuild(errorClass: abstract new (...given: never[]) => Error, name: string): void {
  const brand = Symbol.for(`@countersign/client ${name}`)
  Object.defineProperty(errorClass.prototype, brand, { value: true })
  Object.defineProperty(errorClass, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      // A program's own subclass inherits this method. Its instances are those of its prototype.
      return this === errorClass ? brand in Object(value) : Function.prototype[Symbol.hasInstance].call(this, value)
    },
  })
}
