// What is generated from the contract. In the built package the generated file itself is in this one's place
// (`carry-contract.ts`): the package that is imported here is not published.
export { type components, type operations, type paths, tokenless } from '@countersign/spec/types'
