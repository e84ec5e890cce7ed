import { type Static, Type } from 'typebox'
import type { MarkCorner, MarkPlacement, MarkProcess } from '../../core/catalog/mark.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import { invalidField } from '../../core/shared/problem.ts'
import type { Watermark } from '../../core/templates/watermark.ts'
import type { PlacementChange } from '../../core/templates/watermark-use-cases.ts'
import { oneOf } from '../fields.ts'

export const WATERMARK_PATH = '/v1.0/:project_id/template/watermark'

/** Ours by the vendor's. */
const CORNERS = {
  ...{ TOPRIGHT: 'top_right', TOPLEFT: 'top_left', BOTTOMRIGHT: 'bottom_right', BOTTOMLEFT: 'bottom_left' },
} as const satisfies Record<string, MarkCorner>
const PROCESSES = {
  ...{ TRANSPARENT: 'transparent', ORIGINAL: 'original', GRAYED: 'grey' },
} as const satisfies Record<string, MarkProcess>
const POSITIONS = ['TOPRIGHT', 'TOPLEFT', 'BOTTOMRIGHT', 'BOTTOMLEFT'] as const
const IMAGE_PROCESSES = ['TRANSPARENT', 'ORIGINAL', 'GRAYED'] as const

const Length = Type.String({ maxLength: 24 })
/** "" takes the value away: Terraform's provider sends it where nothing is set. */
const Clearable = Type.String({ maxLength: 24, emptyIsValue: true })

export const WatermarkId = Type.String({ minLength: 1, maxBytes: 128 })

/** What creating and changing a watermark have in common. */
export const WATERMARK_FIELDS = {
  name: Type.String({ minLength: 1, maxBytes: 128 }),
  dx: Type.Optional(Length),
  dy: Type.Optional(Length),
  position: Type.Optional(oneOf(POSITIONS)),
  width: Type.Optional(Clearable),
  height: Type.Optional(Clearable),
  watermark_type: Type.Optional(oneOf(['IMAGE', 'TEXT'])),
  image_process: Type.Optional(oneOf(IMAGE_PROCESSES)),
  timeline_start: Type.Optional(Clearable),
  timeline_duration: Type.Optional(Clearable),
}
const Fields = Type.Object(WATERMARK_FIELDS)
type Fields = Static<typeof Fields>

/** Only what the request names. */
export const placementChange = (fields: Fields): PlacementChange => {
  const { dx, dy, position, image_process, width, height, timeline_start, timeline_duration } = fields
  if (fields.watermark_type === 'TEXT') throw invalidField('watermark_type', 'must be IMAGE: there are no text marks')
  return {
    ...(dx !== undefined && { dx }),
    ...(dy !== undefined && { dy }),
    ...(position !== undefined && { corner: CORNERS[position] }),
    ...(image_process !== undefined && { process: PROCESSES[image_process] }),
    ...(width !== undefined && { width: width || null }),
    ...(height !== undefined && { height: height || null }),
    ...(timeline_start !== undefined && { start: timeline_start || null }),
    ...(timeline_duration !== undefined && { duration: timeline_duration || null }),
  }
}

/** Of a new one. */
export const placementOf = (fields: Fields): MarkPlacement => {
  const { corner, dx, dy, process, width, height, start, duration } = placementChange(fields)
  return {
    ...{ corner: corner ?? 'top_right', dx: dx ?? '0', dy: dy ?? '0', process: process ?? 'transparent' },
    ...(width && { width }),
    ...(height && { height }),
    ...(start && { start }),
    ...(duration && { duration }),
  }
}

/** As it was sent. */
export const toPlacement = ({ corner, dx, dy, width, height, process, start, duration }: MarkPlacement) => ({
  ...{ dx, dy, width: width ?? null, height: height ?? null },
  position: POSITIONS.find((name) => CORNERS[name] === corner) ?? 'TOPRIGHT',
  image_process: IMAGE_PROCESSES.find((name) => PROCESSES[name] === process) ?? 'TRANSPARENT',
  timeline_start: start ?? null,
  timeline_duration: duration ?? null,
})

/** Where the picture is sent to, with a signature, and read from. */
export const pictureUrl = (
  publicUrl: string,
  projectId: ProjectId,
  { id, declaredType }: Pick<Watermark, 'id' | 'declaredType'>,
): string => `${publicUrl}/${projectId}/watermark/${id}.${declaredType.toLowerCase()}`
