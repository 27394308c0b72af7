import { type ReactNode, useId } from 'react'
import type { Choice } from './fields.tsx'

interface GroupProps {
  readonly legend: string
  readonly hint?: ReactNode
  readonly choices: readonly Choice[]
  readonly inRow?: boolean
}

interface RadioProps extends GroupProps {
  readonly value: string
  readonly onValue: (value: string) => void
}

interface FrameProps extends GroupProps {
  readonly type: 'radio' | 'checkbox'
  /** The name that radio buttons share. */
  readonly name?: string
  readonly isChosen: (value: string) => boolean
  readonly onChoice: (value: string, chosen: boolean) => void
}

const Frame = ({ legend, hint, choices, inRow, type, name, isChosen, onChoice }: FrameProps): ReactNode => (
  <fieldset>
    <legend className="legend">
      {legend}
      {hint && <div className="hint">{hint}</div>}
    </legend>
    <div className="choices" data-row={inRow || undefined}>
      {choices.map((choice) => (
        <label className="choice" key={choice.value}>
          <input
            type={type}
            name={name}
            value={choice.value}
            checked={isChosen(choice.value)}
            onChange={({ target }) => onChoice(choice.value, target.checked)}
          />
          <Words choice={choice} />
        </label>
      ))}
    </div>
  </fieldset>
)

export function RadioGroup({ value, onValue, ...group }: RadioProps): ReactNode {
  return <Frame {...group} type="radio" name={useId()} isChosen={(choice) => choice === value} onChoice={onValue} />
}

interface CheckGroupProps extends GroupProps {
  readonly values: readonly string[]
  readonly onValues: (values: readonly string[]) => void
}

export function CheckGroup({ values, onValues, ...group }: CheckGroupProps): ReactNode {
  return (
    <Frame
      {...group}
      type="checkbox"
      isChosen={(choice) => values.includes(choice)}
      onChoice={(choice, chosen) => {
        const others = values.filter((value) => value !== choice)
        onValues(chosen ? [...others, choice] : others)
      }}
    />
  )
}

const Words = ({ choice }: { readonly choice: Choice }): ReactNode => (
  <span>
    <span>{choice.label}</span>
    {choice.hint && <span className="hint">{choice.hint}</span>}
  </span>
)

interface CheckProps {
  readonly label: string
  readonly hint?: ReactNode
  readonly checked: boolean
  readonly onChecked: (checked: boolean) => void
}

export const Check = ({ label, hint, checked, onChecked }: CheckProps): ReactNode => (
  <label className="check">
    <input type="checkbox" checked={checked} onChange={({ target }) => onChecked(target.checked)} />
    <span>
      <span>{label}</span>
      {hint && <span className="hint">{hint}</span>}
    </span>
  </label>
)
