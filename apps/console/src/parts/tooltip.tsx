import { useEffect } from 'react'

const gap = 6
const margin = 8

/** One tip for the whole page: the text of `data-tip` of whatever the pointer or the focus is on. */
export function useTooltips(): void {
  useEffect(() => {
    const tip = document.createElement('div')
    tip.className = 'tip'
    tip.id = 'tip'
    tip.setAttribute('role', 'tooltip')
    tip.popover = 'manual'
    document.body.append(tip)
    let on: Element | undefined

    const hide = () => {
      if (!on) return
      on.removeAttribute('aria-describedby')
      on = undefined
      tip.hidePopover()
    }
    const show = (target: EventTarget | null) => {
      const owner = target instanceof Element ? target.closest('[data-tip]') : null
      if (owner === (on ?? null)) return
      hide()
      const text = owner?.getAttribute('data-tip')
      if (!owner || !text) return
      on = owner
      tip.textContent = text
      if (text !== owner.getAttribute('aria-label')) owner.setAttribute('aria-describedby', tip.id)
      tip.showPopover()
      place(tip, owner.getBoundingClientRect())
    }
    const hover = ({ target }: Event) => show(target)
    const focus = ({ target }: FocusEvent) => {
      if (target instanceof Element && target.matches(':focus-visible')) show(target)
    }
    const key = ({ key: pressed }: KeyboardEvent) => {
      if (pressed === 'Escape') hide()
    }
    document.addEventListener('pointerover', hover)
    document.addEventListener('focusin', focus)
    document.addEventListener('focusout', hide)
    document.addEventListener('scroll', hide, { capture: true, passive: true })
    document.addEventListener('keydown', key)
    return () => {
      document.removeEventListener('pointerover', hover)
      document.removeEventListener('focusin', focus)
      document.removeEventListener('focusout', hide)
      document.removeEventListener('scroll', hide, { capture: true })
      document.removeEventListener('keydown', key)
      tip.remove()
    }
  }, [])
}

function place(tip: HTMLElement, at: DOMRect): void {
  const { width, height } = tip.getBoundingClientRect()
  const left = Math.min(Math.max(margin, at.left + at.width / 2 - width / 2), innerWidth - width - margin)
  const above = at.top - height - gap
  tip.style.left = `${left}px`
  tip.style.top = `${above > margin ? above : at.bottom + gap}px`
}
