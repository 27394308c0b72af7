import {
  AuthError,
  type Domain,
  KeyNumbersError,
  nextRotationAt,
  type SigningAlgorithm,
  type UseCases,
} from '@countersign/core'
import type { KeysHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import { listedKeySet } from '../wire/keys-wire.ts'

/** The key sets, for the owner. */
export function keyHandlers({
  useCases: { keys },
  domain,
  config,
  reloadKeys,
}: {
  readonly useCases: Pick<UseCases, 'keys'>
  readonly domain: Pick<Domain, 'keys' | 'clock'>
  readonly config: { readonly signingAlgorithm: SigningAlgorithm; readonly keyRotationDays: number }
  readonly reloadKeys: () => Promise<void>
}): KeysHandlers<Context> {
  const listed = () => {
    const ring = domain.keys()
    const latest = domain.clock.latest()
    return ring.sets.map((set) => listedKeySet(set, ring, latest))
  }

  return {
    listKeySets() {
      const next = nextRotationAt(domain.keys().sets, { days: config.keyRotationDays })
      return { status: 200, body: { keys: listed(), next_rotation_at: next ?? null } }
    },

    async createKeySet({ body }, { by, proven }) {
      const algorithm = body?.algorithm ?? config.signingAlgorithm
      const { kid } = await keys.rotate(algorithm, by, proven).catch(asConflict)
      await reloadKeys()
      const made = listed().find((set) => set.kid === kid)
      // Another process may have revoked and replaced it meanwhile.
      if (!made) throw new AuthError('unavailable')
      return { status: 201, body: made }
    },

    async revokeKeySet({ params }, { by, proven }) {
      await keys.revoke(params.kid, by, proven).catch(asConflict)
      await reloadKeys()
      return { status: 204 }
    },
  }
}

function asConflict(error: unknown): never {
  if (error instanceof KeyNumbersError) throw new AuthError('key_numbers_exhausted', { cause: error })
  throw error
}
