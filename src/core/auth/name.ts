import { invalidField } from '../shared/problem.ts'

/** Of users and projects. No slashes, quotes or control characters: names go into URLs, log lines and command lines. */
export const requireName = (field: string, name: string): void => {
  if (!NAME.test(name)) {
    throw invalidField(
      field,
      'must have 1 to 64 letters, digits, spaces, dots, @, - or _, and begin with a letter or digit',
    )
  }
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u
