import type { Domain } from '../domain/domain.ts'
import { written } from '../domain/proof.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Subject } from '../model/principals/subject.ts'
import type { RequestContext } from '../model/request-context.ts'
import type { WriteCondition } from '../ports/store/condition.ts'
import type { Random } from '../ports/system/random.ts'
import { digest } from '../tokens/digest.ts'
import { PlainToken } from '../tokens/plain-token.ts'
import { base32 } from './totp.ts'

/** How many are given at a time; new ones replace all old ones. */
export const recoveryCodeCount = 10
/** 120 bits (ASVS 6.5.2: at least 112): 24 letters, in groups of four. Older codes have 80 bits, until they are replaced. */
const recoveryCodeBytes = 15

const grouped = (text: string): string => text.replaceAll(/(.{4})(?=.)/g, '$1-')

/** People copy them by hand: case and hyphens do not count. */
export const recoveryCodeDigest = (code: string): Uint8Array => digest(code.replaceAll('-', '').toUpperCase())

const newCode = (random: Random): string => base32(random.bytes(recoveryCodeBytes))

/** Makes ten new single-use codes for a person; the old ones are void. Shown this once, stored as digests. */
export async function renewRecoveryCodes(
  deps: Pick<Domain, 'store' | 'clock' | 'random'>,
  userId: string,
  actor: Subject | undefined,
  circumstances: RequestContext,
  on?: WriteCondition,
): Promise<readonly PlainToken[]> {
  const codes = Array.from({ length: recoveryCodeCount }, () => newCode(deps.random))
  const event = auditEvent(
    {
      action: 'factors_changed',
      actor,
      subject: { kind: 'user', id: userId },
      detail: { recoveryCodes: codes.length },
    },
    circumstances,
    deps,
  )
  written(await deps.store.recoveryCodes.replace(userId, codes.map(recoveryCodeDigest), event, on))
  return codes.map((code) => new PlainToken(grouped(code)))
}
