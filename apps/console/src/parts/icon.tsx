import type { ReactNode } from 'react'

const paths = {
  overview: 'M2.5 8.5 8 3l5.5 5.5M4 7.5V13h8V7.5',
  token: 'M10.5 2.5a3 3 0 1 1-2.1 5.1L3.5 12.5H2v-2h1.5V9H5l1.4-1.4a3 3 0 0 1 4.1-5.1ZM11 5h.01',
  sessions: 'M2.5 3.5h11v7h-11zM5.5 13h5M8 10.5V13',
  security: 'M8 2 3 4v4c0 3 2.2 5 5 6 2.8-1 5-3 5-6V4zM6 8l1.5 1.5L10.2 6.6',
  people:
    'M6 7.5a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM2 13c0-2.2 1.8-3.7 4-3.7s4 1.5 4 3.7M10.6 3.3a2.2 2.2 0 0 1 0 4M11.7 9.6c1.4.5 2.3 1.7 2.3 3.4',
  clients: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  apis: 'M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5M9 3 7 13',
  droplets: 'M8 2.2s4.2 4.3 4.2 7.3a4.2 4.2 0 0 1-8.4 0C3.8 6.5 8 2.2 8 2.2Z',
  keys: 'M5.5 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM7.7 8 13 2.7M11 4.7l1.8 1.8',
  audit: 'M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2.5',
  settings: 'M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 3v3M5.5 10v3',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 13.5 13.5',
  plus: 'M8 3v10M3 8h10',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  check: 'M3.5 8.5 6.5 11.5 12.5 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  warning: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.5V11M8 5.2h.01',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  fold: 'M2.5 3h11v10h-11zM6 3v10',
  left: 'M9.5 4 5.5 8l4 4',
  up: 'M4.5 9.5 8 6l3.5 3.5',
  down: 'M4.5 6.5 8 10l3.5-3.5',
  person: 'M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4',
  out: 'M6 3H3v10h3M7 8h6.5M11 5.5 13.5 8 11 10.5',
  download: 'M8 2.5v7.5M5 7l3 3 3-3M3 13h10',
  print: 'M4.5 6V2.5h7V6M4.5 11h-2V6h11v5h-2M4.5 9.5h7v4h-7z',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5',
} as const

export type IconName = keyof typeof paths

/** Decoration: what it means stands beside it in words, or in the label of its button. */
export const Icon = ({ name }: { readonly name: IconName }): ReactNode => (
  <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
    <path d={paths[name]} />
  </svg>
)
