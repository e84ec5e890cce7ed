import type { SourceMedia } from '../catalog/media.ts'
import { PermanentFailure } from '../shared/task.ts'
import { ADOPTED_CODECS, type ProbedVariant } from './adopted-renditions.ts'
import { type CheckedFile, sampleOf, trackBytes } from './check-stream-files.ts'
import { MediaFailure, type MediaTool } from './ports.ts'
import type { DescribedStream } from './read-stream.ts'

interface Checked {
  readonly stream: DescribedStream
  readonly checked: ReadonlyMap<string, CheckedFile>
  readonly signal: AbortSignal
}

/** Decodes the beginning of each variant, and of each sound that lies apart. Throws `PermanentFailure` naming the segment. */
export const probeVariants = async (
  media: Pick<MediaTool, 'probe'>,
  { stream, checked, signal }: Checked,
): Promise<readonly ProbedVariant[]> => {
  const probe = async ({ path, playlist }: DescribedStream['variants'][number]): Promise<SourceMedia> => {
    try {
      return await media.probe(sampleOf(playlist, checked), signal)
    } catch (error) {
      if (!(error instanceof MediaFailure && error.permanent)) throw error
      const segment = playlist.segments[0]?.path ?? path
      throw new PermanentFailure(`the segment ${segment} cannot be played: ${error.reason}`, { cause: error })
    }
  }
  const sounds = new Map<string, { readonly media: SourceMedia; readonly sizeBytes: number }>()
  for (const companion of stream.companions) {
    if (companion.kind !== 'audio' || companion.group === undefined || sounds.has(companion.group)) continue
    const found = await probe({ ...companion, bandwidth: 0 })
    sounds.set(companion.group, { media: found, sizeBytes: trackBytes(companion.playlist, checked) })
  }
  const variants: ProbedVariant[] = []
  for (const variant of stream.variants) {
    const found = await probe(variant)
    const codec = found.video?.codec
    if (codec !== undefined && !ADOPTED_CODECS.has(codec)) {
      throw new PermanentFailure(`the pictures of ${variant.path} are ${codec}, which players of HLS do not show`)
    }
    const sound = sounds.get(variant.audioGroup ?? '')
    variants.push({
      ...{ path: variant.path, bandwidth: variant.bandwidth, seconds: variant.playlist.seconds },
      media: { ...found, ...(!found.audio && sound?.media.audio && { audio: sound.media.audio }) },
      sizeBytes: trackBytes(variant.playlist, checked) + (sound?.sizeBytes ?? 0),
    })
  }
  return variants
}
