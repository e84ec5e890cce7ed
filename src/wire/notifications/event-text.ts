import { snapshotPath } from '../../core/catalog/object-keys.ts'
import type {
  AssetEvent,
  EventKind,
  MadeFile,
  MadeOutputs,
  MadeSnapshots,
  Outcome,
} from '../../core/notifications/event.ts'
import { assertNever } from '../../core/shared/assert-never.ts'
import { assetUrl, outputStreams } from '../catalog/asset-answer.ts'
import { sourceMetaData } from '../catalog/media-answer.ts'
import { reviewEventInfo } from '../review/review-event.ts'

/**
 * An event as the vendor writes it: `event_type` and exactly one payload. Members that only a success or only a failure has are absent
 * otherwise. Spellings are those of the sample bodies, which differ from the tables beside them.
 */
export const eventText = (publicUrl: string, event: AssetEvent): string => {
  const { kind } = event.content
  return JSON.stringify({ event_type: kind, [PAYLOADS[kind]]: payloadOf(publicUrl, event) })
}

const PAYLOADS = {
  createComplete: 'create_info',
  transcodeComplete: 'transcode_info',
  thumbnailComplete: 'thumbnail_info',
  coverComplete: 'cover_info',
  audioExtractComplete: 'audio_extract_info',
  reviewComplete: 'review_info',
} as const satisfies Record<EventKind, string>

/** What went wrong, by the codes that the vendor's error table has for results of tasks. It has none for an extraction, which is a transcode. */
const FAILURES = {
  createComplete: 'VOD.10094',
  transcodeComplete: 'VOD.10092',
  thumbnailComplete: 'VOD.10104',
  coverComplete: 'VOD.10013',
  audioExtractComplete: 'VOD.10092',
  reviewComplete: 'VOD.10105',
} as const satisfies Record<EventKind, string>

const payloadOf = (publicUrl: string, event: AssetEvent): object => {
  const { content, assetId, title } = event
  const state = { asset_id: assetId, ...statusOf(content) }
  switch (content.kind) {
    case 'createComplete':
    case 'audioExtractComplete':
      return { ...state, ...madeBy(content.outcome, (file) => fileInfo(publicUrl, event, file)) }
    case 'transcodeComplete':
      return {
        ...{ ...state, ...groupInfo(content) },
        ...madeBy(content.outcome, (outputs) => outputInfo(publicUrl, event, outputs)),
      }
    case 'thumbnailComplete':
      return { ...state, ...madeBy(content.outcome, (pictures) => snapshotInfo(publicUrl, event, pictures)) }
    case 'reviewComplete':
      return { ...state, ...madeBy(content.outcome, (report) => reviewEventInfo(publicUrl, event, report)) }
    case 'coverComplete':
      return { ...state, title, cover_type: 'HEAD_FRAME_COVER' }
    default:
      return assertNever(content)
  }
}

const statusOf = ({ kind, outcome }: AssetEvent['content']): object =>
  outcome.state === 'succeeded'
    ? { status: 'SUCCEED' }
    : { status: 'FAILED', error_code: FAILURES[kind], error_msg: outcome.reason }

const madeBy = <Made>(outcome: Outcome<Made>, tell: (made: Made) => object): object =>
  outcome.state === 'succeeded' ? tell(outcome.made) : {}

type Subject = Pick<AssetEvent, 'assetId' | 'title'>

const fileInfo = (
  publicUrl: string,
  { assetId: id, title }: Subject,
  { path, videoType, sizeBytes, media }: MadeFile,
): object => ({
  title,
  url: path === undefined ? '' : assetUrl(publicUrl, { id }, path),
  meta_data: sourceMetaData({ videoType, source: { sizeBytes }, ...(media && { media }) }),
})

/** The sample says `templateGroupName`, the table `template_group_name`: both. */
const groupInfo = ({ templateGroup }: { readonly templateGroup: string }): object => ({
  ...{ templateGroupName: templateGroup, template_group_name: templateGroup },
})

const outputInfo = (publicUrl: string, { assetId: id }: Subject, { encrypted, renditions }: MadeOutputs): object => ({
  output: outputStreams(publicUrl, { id, isEncrypted: encrypted, renditions }).map(({ playType, stream }) => {
    const { url, encrypted: isSealed, meta_data: meta } = stream
    const quality = meta.quality === undefined ? {} : { quality: meta.quality }
    return {
      ...{ play_type: playType, url, encrypted: isSealed, ...quality },
      meta_data: {
        ...{ play_type: 0, codec: meta.codec.replace('.', '_'), duration: meta.duration, videoSize: meta.video_size },
        ...{ width: meta.width, hight: meta.hight, bitRate: meta.bit_rate, frameRate: meta.frame_rate, ...quality },
      },
    }
  }),
})

/** Lists of ways that were not used are empty; `quantity`, of which the vendor's page does not know, is only there when it was used. */
const snapshotInfo = (publicUrl: string, { assetId: id }: Subject, { type, offsets }: MadeSnapshots): object => {
  const pictures = offsets.map((offset) => ({ offset, url: assetUrl(publicUrl, { id }, snapshotPath(offset)) }))
  return {
    sample: type === 'interval' ? pictures : [],
    dots: type === 'points' ? pictures : [],
    ...(type === 'count' && { quantity: pictures }),
  }
}
