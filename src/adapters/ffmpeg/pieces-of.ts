import type { PinnedPiece, PinnedSource } from '../../core/processing/ports.ts'
import type { ByteRange } from '../../core/shared/object-store.ts'

/** What has to be read, in order, for a range of a source. */
export const piecesOf = (source: PinnedSource, range: ByteRange): readonly PinnedPiece[] => {
  if (!('pieces' in source)) return [{ object: source, range }]
  const found: PinnedPiece[] = []
  let position = 0
  for (const { object, range: piece } of source.pieces) {
    const length = piece.end - piece.start + 1
    const start = piece.start + Math.max(0, range.start - position)
    const end = piece.start + Math.min(length - 1, range.end - position)
    if (start <= end) found.push({ object, range: { start, end } })
    position += length
  }
  return found
}
