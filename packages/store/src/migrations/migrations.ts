import { initial } from './0001-initial.ts'
import { people } from './0002-people.ts'
import { proofs } from './0003-proofs.ts'
import { served } from './0004-served.ts'
import { trail } from './0005-trail.ts'
import { apis } from './0006-apis.ts'
import { revocations } from './0007-revocations.ts'
import { sealed } from './0008-sealed.ts'
import { useOrigins } from './0009-use-origins.ts'
import type { Migration } from './migration.ts'

/** This folder owns the schema's history. All migrations in order; versions count from 1. Add new ones at the end. */
export const migrations: readonly Migration[] = [
  initial,
  people,
  proofs,
  served,
  trail,
  apis,
  revocations,
  sealed,
  useOrigins,
]

/** The schema that this program knows. */
export const knownVersion = migrations.length
