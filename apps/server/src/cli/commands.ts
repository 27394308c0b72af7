import { auditExportCommand } from './audit-export.ts'
import { auditVerifyCommand } from './audit-verify.ts'
import { backupCommand } from './backup.ts'
import type { Command } from './command.ts'
import { createAccessKeyCommand } from './create-access-key.ts'
import { createClientCommand } from './create-client.ts'
import { createUserCommand } from './create-user.ts'
import { doctorCommand } from './doctor.ts'
import { keysListCommand } from './keys-list.ts'
import { keysRevokeCommand } from './keys-revoke.ts'
import { keysRotateCommand } from './keys-rotate.ts'
import { resetPasswordCommand } from './reset-password.ts'
import { restoreCommand } from './restore.ts'
import { serveCommand } from './serve.ts'
import { tokenInspectCommand } from './token-inspect.ts'
import { unlockCommand } from './unlock.ts'

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
