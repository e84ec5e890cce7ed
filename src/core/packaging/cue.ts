/** A text and when it is shown. */
export interface Cue {
  readonly startMs: number
  readonly endMs: number
  /** Lines of WebVTT cue text: nothing in it but what players may show. */
  readonly text: string
  /** Of WebVTT: where it is shown, e.g. `line:0 align:start`; empty: wherever the player wants. */
  readonly settings: string
}

/** A file that cannot be read as subtitles. The message completes the sentence "<the file> ...". */
export class SubtitleDefect extends Error {
  override readonly name = 'SubtitleDefect'
}
