/** Numbers that follow from a seed, so that a run can be repeated. */
export interface Random {
  /** From 0 on, below 1. */
  share(): number
  between(from: number, to: number): number
  pick<T>(all: readonly T[]): T | undefined
  /** Again and again all of them, each time in another order: what is rare comes, too. */
  deal<T>(all: readonly T[]): Iterator<T, never>
}

/** Mulberry32. */
export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  const share = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  function* deal<T>(all: readonly T[]): Generator<T, never> {
    for (;;) {
      const places = all.map((one) => ({ one, place: share() }))
      for (const { one } of places.toSorted((left, right) => left.place - right.place)) yield one
    }
  }
  return {
    share,
    deal,
    between: (from, to) => from + (to - from) * share(),
    pick: (all) => all[Math.floor(share() * all.length)],
  }
}
