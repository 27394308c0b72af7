// The errors of drivers, with the messages of Docker's command line.
import { DropletError } from './droplet.ts'

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/

export const isName = (name: string): boolean => namePattern.test(name)

const daemon = 'Error response from daemon:'

export const unknown = (reference: string): DropletError =>
  new DropletError('droplet_unknown', `${daemon} No such container: ${reference}`)

/** Docker prints two lines when a start fails. */
export const noSuchContainerToStart = (reference: string): DropletError =>
  new DropletError(
    'droplet_unknown',
    `${daemon} No such container: ${reference}\nError: failed to start containers: ${reference}`,
  )

export const invalidName = (name: string): DropletError =>
  new DropletError(
    'droplet_name_invalid',
    `${daemon} Invalid container name (${name}), only ${namePattern.source.slice(1, -1)} are allowed`,
  )

export const nameTaken = (name: string | undefined): DropletError =>
  new DropletError(
    'droplet_name_taken',
    name === undefined
      ? `${daemon} Conflict. No free container name was found.`
      : `${daemon} Conflict. The container name "/${name}" is already in use.`,
  )

/** @param cause Private. */
export const unavailable = (cause: unknown): DropletError =>
  new DropletError('driver_unavailable', 'The droplets cannot be reached right now.', cause)

/** @param words The engine's message. @param cause Private. */
export const failed = (words: string, cause: unknown): DropletError =>
  new DropletError('driver_failed', `${daemon} ${words}`, cause)
