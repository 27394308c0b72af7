import type { Authorizations } from '@countersign/core'
import type { Engine } from '../engine/engine.ts'
import { writeOn } from '../validity/condition.ts'
import { create, createWithin } from './create.ts'
import { findRecord, findRecordBySecret } from './find.ts'
import { collectGarbage } from './garbage.ts'
import { countMeantForOthers, listLive } from './list.ts'
import { revoke, revokeToken } from './revoke.ts'
import { rotate } from './rotate.ts'
import { findStanding, standingKey } from './standing.ts'

/**
 * Authorizations on SQL: each transition is one unit, its audit row in the same commit. Each file beside this one is
 * one transition with its statements; `active.ts` is the one place that says what is alive.
 */
export const authorizationsOn = (engine: Engine): Authorizations => ({
  find: (id, tokenId) => engine.read.first(findRecord, { id, tokenId }),
  findBySecret: (secretDigest) => engine.read.first(findRecordBySecret, { secretDigest, tokenId: undefined }),
  findStanding: (query) => engine.read.first(findStanding, standingKey(query)),
  create: (authorization, audit, options) => engine.write((execute) => create(execute, authorization, audit, options)),
  createOn: (condition, authorization, audit, options) =>
    writeOn(engine, condition, (execute) => create(execute, authorization, audit, options)),
  createWithin: (cap, condition, authorization, audit, options) =>
    writeOn(engine, condition, (execute) => createWithin(execute, cap, authorization, audit, options)),
  rotate: (command, audit) => engine.write((execute) => rotate(execute, command, audit)),
  revoke: (id, at, audit) => engine.write((execute) => revoke(execute, id, at, audit)),
  revokeToken: (token, audit) => engine.write((execute) => revokeToken(execute, token, audit)),
  listLive: (query) => listLive(engine.read, query),
  countMeantForOthers: (query) => countMeantForOthers(engine.read, query),
  collectGarbage: (latest) => collectGarbage(engine, latest),
})
