import { compileContract } from '@countersign/spec/compiler'
import { type OperationShape, shapesOf } from '../contract/validate.ts'

/** The shapes of any contract. @throws Error if it does not compile. */
export const compileShapes = async (contract: object): Promise<ReadonlyMap<string, OperationShape>> =>
  shapesOf(compileContract(contract).contract)
