/** Memory of things that follow each other and are about as large: pages of fresh memory cost as much as what is written into them. */
export interface ReusedMemory {
  /** Of so many bytes, with whatever was in it before. */
  readonly take: (bytes: number) => Uint8Array
  /** What was taken and is neither read nor written any more. */
  readonly give: (memory: Uint8Array) => void
}

/** A larger one fits, too, when it comes by. */
const HEADROOM = 1.25
/** Of what was wanted: small things do not hold the memory of large ones. */
const MOST_WASTE = 2

/** Below this nothing is lost by it. */
const SMALL_BYTES = 1 << 20

export const reusedMemory = (): ReusedMemory => {
  const spare: ArrayBufferLike[] = []
  return {
    take(bytes) {
      const most = Math.max(MOST_WASTE * bytes, SMALL_BYTES)
      const fitting = spare.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= most)
      // Where none fits, one makes way for the one that does.
      const [found] = spare.splice(Math.max(fitting, 0), 1)
      const buffer = found && fitting >= 0 ? found : Buffer.allocUnsafeSlow(Math.ceil(bytes * HEADROOM)).buffer
      return Buffer.from(buffer, 0, bytes)
    },
    give: ({ buffer }) => void spare.push(buffer),
  }
}
