import { type Static, Type } from 'typebox'
import type { SnapshotPoints, SnapshotSettings } from '../../core/catalog/snapshots.ts'
import { assertNever } from '../../core/shared/assert-never.ts'
import { invalidField } from '../../core/shared/problem.ts'
import { oneOf } from '../fields.ts'

const MAX_DOTS = 1000
const Seconds = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })

/** Screenshot parameters of the calls that make or process assets. `quantity` is the SDK's. */
export const Thumbnail = Type.Object({
  type: oneOf(['time', 'dots', 'quantity']),
  // Checked with type time only: clients send 0 with the others.
  time: Type.Optional(Type.Integer()),
  dots: Type.Optional(Type.Array(Seconds, { maxItems: MAX_DOTS })),
  quantity: Type.Optional(Type.Integer()),
  quantity_time: Type.Optional(Seconds),
  cover_position: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2_147_483_647,
      description: 'Counts the pictures as they are listed: in the order of the film, each second once.',
    }),
  ),
  format: Type.Optional(Type.Literal(1)),
  aspect_ratio: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1)])),
  max_length: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
})
type Thumbnail = Static<typeof Thumbnail>

/** `path`: where the parameters stand in the request. Throws `invalid_field` for what a type needs and has not (reference page; quantity: the vendor's current definition). */
export const parseThumbnail = (thumbnail: Thumbnail, path = 'thumbnail'): SnapshotSettings => ({
  points: pointsOf(thumbnail, path),
  coverPosition: thumbnail.cover_position ?? 1,
  shape: thumbnail.aspect_ratio === 1 ? '16:9' : 'source',
  ...(thumbnail.max_length !== undefined && { maxSide: thumbnail.max_length }),
})

const pointsOf = ({ type, time, dots, quantity, quantity_time: gap }: Thumbnail, path: string): SnapshotPoints => {
  switch (type) {
    case 'time':
      if (time !== undefined && time >= 1 && time <= 12) return { type: 'interval', seconds: time }
      throw invalidField(`${path}.time`, 'must be a whole number from 1 to 12 with type time')
    case 'dots':
      if (dots?.length) return { type: 'points', seconds: dots }
      throw invalidField(`${path}.dots`, 'must hold at least one point with type dots')
    case 'quantity':
      if (quantity === undefined || quantity < 1 || quantity > 10) {
        throw invalidField(`${path}.quantity`, 'must be a whole number from 1 to 10 with type quantity')
      }
      // 0 is what clients send for "not set".
      return { type: 'count', count: quantity, ...(gap !== undefined && gap > 0 && { gapSeconds: gap }) }
    default:
      return assertNever(type)
  }
}

/** The parameters again, as they were asked for. */
export const thumbnailParameters = ({ points, coverPosition, shape, maxSide }: SnapshotSettings): Thumbnail => ({
  ...typeParameters(points),
  cover_position: coverPosition,
  format: 1,
  aspect_ratio: shape === '16:9' ? 1 : 0,
  ...(maxSide !== undefined && { max_length: maxSide }),
})

const typeParameters = (points: SnapshotPoints): Thumbnail => {
  switch (points.type) {
    case 'interval':
      return { type: 'time', time: points.seconds }
    case 'points':
      return { type: 'dots', dots: [...points.seconds] }
    case 'count':
      return {
        type: 'quantity',
        quantity: points.count,
        ...(points.gapSeconds !== undefined && { quantity_time: points.gapSeconds }),
      }
    default:
      return assertNever(points)
  }
}
