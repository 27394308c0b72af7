import { type FormEvent, type ReactNode, useState } from 'react'
import { t } from '../language/messages.ts'
import { Button, type ButtonKind } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import type { IconName } from '../parts/icon.tsx'
import { ErrorNotice } from '../parts/states.tsx'
import { useProofs } from './proof.tsx'
import { useAction } from './use-action.ts'

interface ActionDialogProps {
  readonly title: string
  /** What will happen. */
  readonly lead?: ReactNode
  /** The verb of its button. */
  readonly action: string
  readonly danger?: boolean
  readonly act: () => Promise<unknown>
  readonly onClose: () => void
  readonly children?: ReactNode
}

/** Says what will happen, and does it: where there is no way back, or where it needs something to be filled in. */
export function ActionDialog(props: ActionDialogProps): ReactNode {
  const { title, lead, action, danger = false, act, onClose, children } = props
  const { run, pending, error } = useAction()
  const { isAsking } = useProofs()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (await run(act)) onClose()
  }
  return (
    <Dialog title={title} onClose={onClose} hidden={isAsking}>
      {lead && <div className="muted">{lead}</div>}
      <form className="stack" onSubmit={submit}>
        {children}
        {error !== undefined && <ErrorNotice error={error} />}
        <div className="dialog-end">
          <Button onClick={onClose}>{t('form.cancel')}</Button>
          <Button kind={danger ? 'danger' : 'primary'} type="submit" pending={pending}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface ActionButtonProps extends Omit<ActionDialogProps, 'onClose'> {
  /** Where it differs from the dialog's button. */
  readonly label?: ReactNode
  readonly kind?: ButtonKind
  readonly size?: 'small' | 'normal'
  readonly icon?: IconName
  /** Before the dialog opens, for example to empty its fields. */
  readonly onOpen?: () => void
}

/** A button that opens an {@link ActionDialog}. */
export function ActionButton({ label, kind, size, icon, onOpen, ...dialog }: ActionButtonProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const look = {
    kind: kind ?? (dialog.danger ? 'danger-quiet' : 'secondary'),
    ...(size && { size }),
    ...(icon && { icon }),
  }
  const open = () => {
    onOpen?.()
    setOpen(true)
  }
  return (
    <>
      <Button {...look} onClick={open}>
        {label ?? dialog.action}
      </Button>
      {isOpen && <ActionDialog {...dialog} onClose={() => setOpen(false)} />}
    </>
  )
}
