/** What `-progress` says. */
export interface Progress {
  readonly frames: number
  /** Time of the output written so far; undefined until there is any. */
  readonly outTimeMs: number | undefined
  readonly ended: boolean
}

/** Feeds on the text of `-progress`, in pieces of any size; answers the newest state after each whole block. */
export const progressReader = (onBlock: (progress: Progress) => void): ((text: string) => void) => {
  let rest = ''
  let fields = new Map<string, string>()
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const at = line.indexOf('=')
      if (at < 0) continue
      const [name, value] = [line.slice(0, at).trim(), line.slice(at + 1).trim()]
      fields.set(name, value)
      // The line that ends each block.
      if (name !== 'progress') continue
      onBlock(progressOf(fields))
      fields = new Map()
    }
  }
}

const progressOf = (fields: ReadonlyMap<string, string>): Progress => {
  const micros = Number(fields.get('out_time_us') ?? 'N/A')
  return {
    frames: Number(fields.get('frame') ?? 0),
    outTimeMs: Number.isFinite(micros) ? Math.max(0, Math.round(micros / 1000)) : undefined,
    ended: fields.get('progress') === 'end',
  }
}
