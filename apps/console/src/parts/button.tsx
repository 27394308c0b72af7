import type { ComponentProps, ReactNode } from 'react'
import { Link } from 'wouter'
import { Icon, type IconName } from './icon.tsx'

export type ButtonKind = 'primary' | 'secondary' | 'danger' | 'danger-quiet' | 'quiet'

interface Look {
  readonly kind?: ButtonKind
  readonly size?: 'small' | 'normal'
  readonly icon?: IconName
}

interface ButtonProps extends Omit<ComponentProps<'button'>, 'children'>, Look {
  readonly children: ReactNode
  /** Whether its action is under way: it stays focused, and does nothing. */
  readonly pending?: boolean | undefined
}

export function Button(props: ButtonProps): ReactNode {
  const {
    kind = 'secondary',
    size = 'normal',
    icon,
    pending = false,
    type = 'button',
    children,
    onClick,
    ...rest
  } = props
  return (
    <button
      {...rest}
      type={type}
      className="button"
      data-kind={kind}
      data-size={size}
      aria-disabled={pending || undefined}
      onClick={(event) => {
        if (pending) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {pending ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  )
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'>, Look {
  readonly icon: IconName
  readonly label: string
}

/** A button with a picture for its label: `label` is its name, and its tip. */
export function IconButton({ kind = 'quiet', size = 'small', icon, label, ...rest }: IconButtonProps): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      className="button"
      data-kind={kind}
      data-size={size}
      data-square=""
      aria-label={label}
      data-tip={label}
    >
      <Icon name={icon} />
    </button>
  )
}

interface ButtonLinkProps extends Look {
  readonly to: string
  readonly children: ReactNode
}

export const ButtonLink = ({ to, kind = 'secondary', size = 'normal', icon, children }: ButtonLinkProps): ReactNode => (
  <Link href={to} className="button" data-kind={kind} data-size={size}>
    {icon && <Icon name={icon} />}
    {children}
  </Link>
)
