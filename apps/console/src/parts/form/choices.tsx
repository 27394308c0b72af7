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

const Legend = ({ legend, hint }: Pick<GroupProps, 'legend' | 'hint'>): ReactNode => (
  <legend className="legend">
    {legend}
    {hint && <div className="hint">{hint}</div>}
  </legend>
)

export function RadioGroup({ legend, hint, choices, inRow, value, onValue }: RadioProps): ReactNode {
  const name = useId()
  return (
    <fieldset>
      <Legend legend={legend} hint={hint} />
      <div className="choices" data-row={inRow || undefined}>
        {choices.map((choice) => (
          <label className="choice" key={choice.value}>
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onValue(choice.value)}
            />
            <Words choice={choice} />
          </label>
        ))}
      </div>
    </fieldset>
  )
}

interface CheckGroupProps extends GroupProps {
  readonly values: readonly string[]
  readonly onValues: (values: readonly string[]) => void
}

export function CheckGroup({ legend, hint, choices, inRow, values, onValues }: CheckGroupProps): ReactNode {
  return (
    <fieldset>
      <Legend legend={legend} hint={hint} />
      <div className="choices" data-row={inRow || undefined}>
        {choices.map((choice) => (
          <label className="choice" key={choice.value}>
            <input
              type="checkbox"
              value={choice.value}
              checked={values.includes(choice.value)}
              onChange={({ target }) => {
                const others = values.filter((value) => value !== choice.value)
                onValues(target.checked ? [...others, choice.value] : others)
              }}
            />
            <Words choice={choice} />
          </label>
        ))}
      </div>
    </fieldset>
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
