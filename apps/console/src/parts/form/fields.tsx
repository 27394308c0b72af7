import { type ComponentProps, type ReactNode, useId, useState } from 'react'
import { t } from '../../language/messages.ts'
import { IconButton } from '../button.tsx'
import { Icon } from '../icon.tsx'

interface Described {
  readonly label: string
  readonly hint?: ReactNode
  readonly fault?: string | undefined
  readonly optional?: boolean
}

interface FrameProps extends Described {
  readonly id: string
  readonly children: ReactNode
}

function Frame({ id, label, hint, fault, optional, children }: FrameProps): ReactNode {
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {optional && <span className="optional">({t('form.optional')})</span>}
      </label>
      {hint && (
        <div className="hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {children}
      {fault && <Fault id={`${id}-fault`}>{fault}</Fault>}
    </div>
  )
}

export const Fault = ({ id, children }: { readonly id?: string; readonly children: ReactNode }): ReactNode => (
  <div className="fault" {...(id === undefined ? {} : { id })}>
    <Icon name="warning" />
    <span>{children}</span>
  </div>
)

/** What an input says of its hint and its fault. */
const described = (id: string, hint: ReactNode, fault: string | undefined) => ({
  'aria-describedby': [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ') || undefined,
  'aria-invalid': fault ? true : undefined,
})

type InputProps = Omit<ComponentProps<'input'>, 'onChange' | 'value'> &
  Described & { readonly value: string; readonly onValue: (value: string) => void; readonly isCode?: boolean }

export function TextField({ label, hint, fault, optional, onValue, isCode, ...input }: InputProps): ReactNode {
  const id = useId()
  return (
    <Frame {...{ id, label, hint, fault, optional: optional ?? false }}>
      <input
        {...input}
        {...described(id, hint, fault)}
        id={id}
        className={isCode ? 'input code' : 'input'}
        onChange={(event) => onValue(event.target.value)}
      />
    </Frame>
  )
}

/** A password, masked unless its reader wants to see it. */
export function PasswordField({ label, hint, fault, optional, onValue, ...input }: InputProps): ReactNode {
  const id = useId()
  const [shown, setShown] = useState(false)
  return (
    <Frame {...{ id, label, hint, fault, optional: optional ?? false }}>
      <div className="input-group">
        <input
          {...input}
          {...described(id, hint, fault)}
          id={id}
          type={shown ? 'text' : 'password'}
          className="input"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => onValue(event.target.value)}
        />
        <IconButton icon="eye" label={t('form.show_password')} aria-pressed={shown} onClick={() => setShown(!shown)} />
      </div>
    </Frame>
  )
}

/** A TOTP code: phones and password managers fill it. */
export const CodeField = (props: Omit<InputProps, 'isCode'>): ReactNode => (
  <TextField isCode inputMode="numeric" autoComplete="one-time-code" pattern="[0-9]{6}" maxLength={6} {...props} />
)

export interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: ReactNode
}

interface SelectProps extends Described {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly choices: readonly Choice[]
}

export function SelectField({ label, hint, fault, optional, value, onValue, choices }: SelectProps): ReactNode {
  const id = useId()
  return (
    <Frame {...{ id, label, hint, fault, optional: optional ?? false }}>
      <select
        {...described(id, hint, fault)}
        id={id}
        className="input"
        value={value}
        onChange={(event) => onValue(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Frame>
  )
}

interface TextAreaProps extends Described {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly placeholder?: string
}

export function TextArea({ label, hint, fault, optional, onValue, ...input }: TextAreaProps): ReactNode {
  const id = useId()
  return (
    <Frame {...{ id, label, hint, fault, optional: optional ?? false }}>
      <textarea
        {...input}
        {...described(id, hint, fault)}
        id={id}
        className="input"
        spellCheck={false}
        onChange={(event) => onValue(event.target.value)}
      />
    </Frame>
  )
}
