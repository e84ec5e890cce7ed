/**
 * The bytes are not a track that can be packaged. `reason` is for the person who owns the asset: plain words, no paths.
 * - `empty`: the encoder wrote a header at most, so there is nothing to present.
 * - `cut_off`: the stream ended in the middle of something.
 * - `open_ended`: a chunk of it, behind which nothing comes that would show where it ends.
 * - `malformed`: it contradicts itself or the format.
 * - `unsupported`: well formed, but nothing that our encoder writes.
 */
export class TrackDefect extends Error {
  override readonly name = 'TrackDefect'
  readonly kind: 'empty' | 'cut_off' | 'open_ended' | 'malformed' | 'unsupported'
  readonly reason: string

  constructor(kind: TrackDefect['kind'], reason: string) {
    super(reason)
    this.kind = kind
    this.reason = reason
  }
}
