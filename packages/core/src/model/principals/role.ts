/** Roles, least first; each inherits what those before it may do. */
export const roles = ['viewer', 'manager', 'owner'] as const
export type Role = (typeof roles)[number]
/** A client is never the owner. */
export type ClientRole = Exclude<Role, 'owner'>

/** Whether `role` is at least `least`. */
export const atLeast = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least)

/** The lower of two roles: a token never may do more than its subject, nor than its Authorization's ceiling (I4). */
export const lowerRole = (a: Role, b: Role): Role => (atLeast(a, b) ? b : a)

export const isRole = (value: unknown): value is Role => (roles as readonly unknown[]).includes(value)
