const HEADER_BYTES = 8
const TFDT_VERSION_OFFSET = 4

/**
 * Watches fragmented MP4 go by and knows how far it got: the time at which its last fragment begins. FFmpeg's own progress
 * is that of the output that is furthest behind (7.0) or ahead (5.1), so it cannot say whether the sound reached the end.
 */
export class FragmentClock {
  #timescale = 0
  #ticks = 0
  /** Bytes of the current `moov` or `moof` so far; undefined inside other boxes. */
  #kept: Buffer[] | undefined = []
  #missing = HEADER_BYTES
  #inHeader = true

  get milliseconds(): number {
    return this.#timescale > 0 ? (this.#ticks * 1000) / this.#timescale : 0
  }

  push(chunk: Uint8Array): void {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    while (rest.length > 0) {
      const piece = rest.subarray(0, this.#missing)
      // Copied, because it must outlive the chunk.
      this.#kept?.push(Buffer.from(piece))
      this.#missing -= piece.length
      rest = rest.subarray(piece.length)
      if (this.#missing === 0) this.#next()
    }
  }

  #next(): void {
    const bytes = Buffer.concat(this.#kept ?? [])
    if (this.#inHeader) {
      const type = bytes.toString('latin1', 4, 8)
      this.#kept = type === 'moov' || type === 'moof' ? [] : undefined
      this.#missing = Math.max(0, bytes.readUInt32BE(0) - HEADER_BYTES)
      this.#inHeader = this.#missing === 0
    } else {
      this.#read(bytes)
      this.#inHeader = true
    }
    if (!this.#inHeader) return
    this.#kept = []
    this.#missing = HEADER_BYTES
  }

  /** There is one track, and FFmpeg writes `tfdt` with 64 bits and `mdhd` with 32. */
  #read(box: Buffer): void {
    const header = box.indexOf('mdhd', 0, 'latin1')
    if (header >= 0) this.#timescale = box.readUInt32BE(header + 16)
    const decodeTime = box.indexOf('tfdt', 0, 'latin1')
    if (decodeTime < 0) return
    const at = decodeTime + TFDT_VERSION_OFFSET
    this.#ticks = box[at] === 1 ? Number(box.readBigUInt64BE(at + 4)) : box.readUInt32BE(at + 4)
  }
}
