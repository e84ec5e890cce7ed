import type { VideoRung } from './encode-plan.ts'

/** Positions of rungs that show the very same frames: each can be scaled from the one before it, and all are cut alike. */
export type Cascade = readonly [number, ...number[]]

/** What is copied is neither scaled nor cut like anything else, and in none of them. */
export const cascadesOf = (rungs: readonly VideoRung[]): readonly Cascade[] => {
  const cascades = new Map<string, [number, ...number[]]>()
  for (const [position, { copied, frames, frameRate }] of rungs.entries()) {
    if (copied) continue
    const key = JSON.stringify([frames, frameRate])
    const known = cascades.get(key)
    if (known) known.push(position)
    else cascades.set(key, [position])
  }
  return [...cascades.values()]
}
