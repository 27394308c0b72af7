// The types that are generated from the contract. `carry-contract.ts` replaces this file in the built package by the
// generated one, because the package that it imports is not published.
export { type components, type operations, type paths, tokenless } from '@countersign/spec/types'
