import type { Authorization, Authorizations } from '@countersign/core'
import type { Engine } from '../engine/engine.ts'
import type { Key } from '../engine/statement.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { writeOn } from '../validity/condition.ts'
import { create, createWithin } from './create.ts'
import { findRecord, findRecordBySecret } from './find.ts'
import { collectGarbage } from './garbage.ts'
import { countMeantForOthers, listExpiring, listLive } from './list.ts'
import { revoke, revokeToken } from './revoke.ts'
import { rotate } from './rotate.ts'
import { findStanding } from './standing.ts'

/**
 * This folder owns Authorizations: each transition is one unit with its audit row in the same commit. Each file beside this one
 * is one transition with its statements. What is active is defined in `validity/active.ts`.
 */
export const authorizationsOn = (engine: Engine): Authorizations => ({
  find: (id, tokenId) => engine.read.first(findRecord, { id, tokenId }),
  findBySecret: (secretDigest) => engine.read.first(findRecordBySecret, { secretDigest }),
  findStanding: (query) => engine.read.first(findStanding, query),
  create: (authorization, audit, options) =>
    engine.write(subjectOf(authorization), (execute) => create(execute, authorization, audit, options)),
  createOn: (condition, authorization, audit, options) =>
    writeOn(engine, condition, subjectOf(authorization), (execute) => create(execute, authorization, audit, options)),
  createWithin: (cap, condition, authorization, audit, options) =>
    writeOn(engine, condition, subjectOf(authorization), (execute) =>
      createWithin(execute, cap, authorization, audit, options),
    ),
  rotate: (command, audit) => engine.write([], (execute) => rotate(execute, command, audit), { isBrief: true }),
  revoke: (id, at, audit) => engine.write([], (execute) => revoke(execute, id, at, audit)),
  revokeToken: (token, audit) => engine.write([], (execute) => revokeToken(execute, token, audit)),
  listLive: (query) => listLive(engine.read, query),
  listExpiring: (query) => listExpiring(engine.read, query),
  countMeantForOthers: (query) => countMeantForOthers(engine.read, query),
  collectGarbage: (latest, signal) => collectGarbage(engine, latest, signal),
})

/** What a subject holds decides about a new one: whether there is a sole one, the cap is reached, or others are replaced. */
const subjectOf = ({ subject }: Authorization): readonly Key[] => [aloneOn.subject(subject)]
