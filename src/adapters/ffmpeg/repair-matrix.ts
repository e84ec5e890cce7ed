import type { ToolContext } from './tool-context.ts'

interface Tagged {
  /** Index of the stream. */
  readonly stream: number
  /** FFmpeg's codec name. */
  readonly codec: string
  readonly strangeMatrix?: string
}

/**
 * Matrices that the scaler of FFmpeg 7 refuses (its graph not even opens with a reserved one), but that are near enough to
 * the usual ones to be taken for them. YCgCo and ICtCp are not: their colours would be wrong, so such sources fail.
 */
const NEAR: ReadonlySet<string> = new Set(['reserved', 'bt2020c', 'chroma-derived-nc', 'chroma-derived-c'])

const TAGGERS: Readonly<Record<string, string>> = { h264: 'h264_metadata', hevc: 'hevc_metadata', av1: 'av1_metadata' }
const UNSPECIFIED = 2

/** Stands before `-i`: says "unspecified" where the stream names a matrix that nobody can use. Nothing for all others. */
export const repairMatrix = (
  { capabilities }: Pick<ToolContext, 'capabilities'>,
  video: Tagged | undefined,
): readonly string[] => {
  const tagger = video && TAGGERS[video.codec]
  if (!tagger || !NEAR.has(video.strangeMatrix ?? '') || !capabilities.filtersInputs) return []
  return [`-bsf:${video.stream}`, `${tagger}=matrix_coefficients=${UNSPECIFIED}`]
}
