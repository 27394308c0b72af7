import { apisAddCommand } from './apis/apis-add.ts'
import { apisListCommand } from './apis/apis-list.ts'
import { apisRemoveCommand } from './apis/apis-remove.ts'
import { apisShowCommand } from './apis/apis-show.ts'
import { createAccessKeyCommand } from './clients/create-access-key.ts'
import { createClientCommand } from './clients/create-client.ts'
import type { Command } from './command/command.ts'
import { keysListCommand } from './keys/keys-list.ts'
import { keysResealCommand } from './keys/keys-reseal.ts'
import { keysRevokeCommand } from './keys/keys-revoke.ts'
import { keysRotateCommand } from './keys/keys-rotate.ts'
import { tokenInspectCommand } from './keys/token-inspect.ts'
import { readyCommand } from './ready.ts'
import { serveCommand } from './serve.ts'
import { afterRestoreCommand } from './storage/after-restore.ts'
import { auditExportCommand } from './storage/audit-export.ts'
import { auditVerifyCommand } from './storage/audit-verify.ts'
import { backupCommand } from './storage/backup.ts'
import { doctorCommand } from './storage/doctor.ts'
import { exportCommand } from './storage/export.ts'
import { importCommand } from './storage/import.ts'
import { migrateCommand } from './storage/migrate.ts'
import { restoreCommand } from './storage/restore.ts'
import { createUserCommand } from './users/create-user.ts'
import { resetPasswordCommand } from './users/reset-password.ts'
import { unlockCommand } from './users/unlock.ts'

/** The only list of commands, in the order of the help text. */
export const commands: readonly Command[] = [
  serveCommand,
  readyCommand,
  createUserCommand,
  createClientCommand,
  createAccessKeyCommand,
  apisAddCommand,
  apisListCommand,
  apisShowCommand,
  apisRemoveCommand,
  resetPasswordCommand,
  unlockCommand,
  keysListCommand,
  keysRotateCommand,
  keysRevokeCommand,
  keysResealCommand,
  tokenInspectCommand,
  backupCommand,
  restoreCommand,
  afterRestoreCommand,
  exportCommand,
  importCommand,
  migrateCommand,
  auditExportCommand,
  auditVerifyCommand,
  doctorCommand,
]
