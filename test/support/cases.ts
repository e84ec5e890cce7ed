import { inject, test } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether this is `npm run test:long`. */
    readonly everyCase: boolean
  }
}

/** The first of many cases of one behaviour, which stand for the others; `npm run test:long` has all of them. */
export const someOf = <T>(cases: readonly T[], count = 1): readonly T[] =>
  inject('everyCase') ? cases : cases.slice(0, count)

/** A test whose behaviour another one stands for; `npm run test:long` alone runs it. */
export const thorough = test.runIf(inject('everyCase'))
