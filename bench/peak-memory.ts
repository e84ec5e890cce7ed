import { commandLineOf, peakBytes, treeOf } from './processes.ts'

const LOOK_MS = 250

/** The most that any one process had in memory. */
export interface PeakMemory extends Disposable {
  readonly mb: { ffmpeg: number; node: number }
}

/** Watches a process and all below it. The kernel keeps the peaks, so only what lives for a moment is missed. */
export const watchMemory = (root: number): PeakMemory => {
  const mb = { ffmpeg: 0, node: 0 }
  const look = () => {
    for (const { pid } of treeOf(root)) {
      const [program = ''] = commandLineOf(pid)
      const kind = /(?:^|\/)(ffmpeg|node)$/.exec(program)?.[1]
      if (kind === 'ffmpeg' || kind === 'node') mb[kind] = Math.max(mb[kind], peakBytes(pid) / 1e6)
    }
  }
  const timer = setInterval(look, LOOK_MS)
  return { mb, [Symbol.dispose]: () => clearInterval(timer) }
}
