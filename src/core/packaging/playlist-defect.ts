/** A playlist cannot be adopted. `reason` is for the person who named it, and completes "the playlist <name>: ...". */
export class PlaylistDefect extends Error {
  override readonly name = 'PlaylistDefect'
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}
