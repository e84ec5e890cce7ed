/** Views of bytes that came in pieces, taken out in pieces of other sizes, without copying the bulk. */
export interface ByteQueue {
  readonly size: () => number
  readonly push: (bytes: Uint8Array) => void
  /** The next bytes as views, in order; all that is left when there are fewer. */
  readonly take: (count: number) => Uint8Array[]
  /** A copy of the next bytes without taking them; fewer when there are fewer. For headers only. */
  readonly peek: (count: number) => Uint8Array
}

export const createByteQueue = (): ByteQueue => {
  let pieces: Uint8Array[] = []
  let head = 0
  let size = 0
  const dropTaken = () => {
    if (head < 1024 && head < pieces.length) return
    pieces = pieces.slice(head)
    head = 0
  }
  return {
    size: () => size,
    push(bytes) {
      if (bytes.length === 0) return
      pieces.push(bytes)
      size += bytes.length
    },
    take(count) {
      const taken: Uint8Array[] = []
      let wanted = Math.min(count, size)
      size -= wanted
      while (wanted > 0) {
        const piece = pieces[head] ?? new Uint8Array()
        if (piece.length > wanted) {
          taken.push(piece.subarray(0, wanted))
          pieces[head] = piece.subarray(wanted)
          break
        }
        taken.push(piece)
        wanted -= piece.length
        head += 1
      }
      dropTaken()
      return taken
    },
    peek(count) {
      const copy = new Uint8Array(Math.min(count, size))
      let filled = 0
      for (let at = head; filled < copy.length; at += 1) {
        const piece = (pieces[at] ?? new Uint8Array()).subarray(0, copy.length - filled)
        copy.set(piece, filled)
        filled += piece.length
      }
      return copy
    },
  }
}
