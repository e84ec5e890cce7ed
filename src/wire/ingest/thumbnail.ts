import { type Static, Type } from 'typebox'
import { invalidField } from '../../core/shared/problem.ts'
import { oneOf } from '../fields.ts'

const Seconds = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })

/** Screenshot parameters of the creation calls. `quantity` is the SDK's. */
export const Thumbnail = Type.Object({
  type: oneOf(['time', 'dots', 'quantity']),
  // Checked with type time only: clients send 0 with the others.
  time: Type.Optional(Type.Integer()),
  dots: Type.Optional(Type.Array(Seconds, { maxItems: 1000 })),
  quantity: Type.Optional(Type.Integer()),
  quantity_time: Type.Optional(Seconds),
  cover_position: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
  format: Type.Optional(Type.Literal(1)),
  aspect_ratio: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1)])),
  max_length: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
})

/** What each type needs (reference page; quantity: the vendor's current definition). */
export const checkThumbnail = ({ type, time, dots, quantity }: Static<typeof Thumbnail>): void => {
  if (type === 'time' && (time === undefined || time < 1 || time > 12)) {
    throw invalidField('thumbnail.time', 'must be a whole number from 1 to 12 with type time')
  }
  if (type === 'dots' && !dots?.length)
    throw invalidField('thumbnail.dots', 'must hold at least one point with type dots')
  if (type === 'quantity' && (quantity === undefined || quantity < 1 || quantity > 10)) {
    throw invalidField('thumbnail.quantity', 'must be a whole number from 1 to 10 with type quantity')
  }
}
