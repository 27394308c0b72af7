import { createAccessKeyCommand } from './clients/create-access-key.ts'
import { createClientCommand } from './clients/create-client.ts'
import type { Command } from './command/command.ts'
import { auditExportCommand } from './data/audit-export.ts'
import { auditVerifyCommand } from './data/audit-verify.ts'
import { backupCommand } from './data/backup.ts'
import { doctorCommand } from './data/doctor.ts'
import { restoreCommand } from './data/restore.ts'
import { keysListCommand } from './keys/keys-list.ts'
import { keysRevokeCommand } from './keys/keys-revoke.ts'
import { keysRotateCommand } from './keys/keys-rotate.ts'
import { tokenInspectCommand } from './keys/token-inspect.ts'
import { serveCommand } from './serve.ts'
import { createUserCommand } from './users/create-user.ts'
import { resetPasswordCommand } from './users/reset-password.ts'
import { unlockCommand } from './users/unlock.ts'

/** The only list of commands, in the order in which they are shown. */
export const commands: readonly Command[] = [
  serveCommand,
  createUserCommand,
  createClientCommand,
  createAccessKeyCommand,
  resetPasswordCommand,
  unlockCommand,
  keysListCommand,
  keysRotateCommand,
  keysRevokeCommand,
  tokenInspectCommand,
  backupCommand,
  restoreCommand,
  auditExportCommand,
  auditVerifyCommand,
  doctorCommand,
]
