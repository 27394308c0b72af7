/** What is not shown (Unicode's categories C) stands nowhere, and no space (Z) at the ends. */
const shape = /^[^\p{C}\p{Z}](?:[^\p{C}]*[^\p{C}\p{Z}])?$/u

const mostCharacters = 64

/** Whether a client may be called so: 1 to 64 printable characters, no space at the ends. */
export const isClientName = (name: string): boolean => [...name].length <= mostCharacters && shape.test(name)
