import type { ReactNode } from 'react'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { Button } from '../../parts/button.tsx'
import { say } from '../../parts/toasts.tsx'
import { sentenceOf } from '../../state/errors.ts'
import { doTo, type Verb } from './read.ts'

interface VerbButtonProps {
  readonly id: string
  readonly verb: Verb
  readonly size?: 'small' | 'normal'
}

/** Starts or stops at once: both can be undone. */
export function VerbButton({ id, verb, size = 'normal' }: VerbButtonProps): ReactNode {
  const { run, pending } = useAction()
  const act = () =>
    void run(async () => {
      try {
        await doTo(id, verb)
        say(t(`droplet.${verb}_done`))
      } catch (error) {
        say(sentenceOf(error))
        throw error
      }
    })
  return (
    <Button size={size} pending={pending} onClick={act}>
      {t(`droplet.${verb}`)}
    </Button>
  )
}
