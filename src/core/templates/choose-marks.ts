import type { Mark } from '../catalog/mark.ts'
import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import { type ConfirmedWatermark, isConfirmed } from './watermark.ts'
import type { WatermarkStore } from './watermark-ports.ts'

/** What a group burns in now: the watermark that it names, or those that are default. Throws `watermark_not_found`. */
export const chooseMarks = async (
  watermarks: Pick<WatermarkStore, 'defaultWatermarks' | 'watermark'>,
  projectId: ProjectId,
  id: string | undefined,
): Promise<readonly Mark[]> => {
  if (id === undefined) return (await watermarks.defaultWatermarks(projectId)).map(toMark)
  const named = await watermarks.watermark(projectId, id)
  if (!named || !isConfirmed(named)) throw new DomainError({ kind: 'watermark_not_found', id })
  return [toMark(named)]
}

/** Whether a group may name it. Throws `watermark_not_found`, `watermark_unconfirmed`. */
export const requireUsable = async (
  watermarks: Pick<WatermarkStore, 'watermark'>,
  projectId: ProjectId,
  id: string | null | undefined,
): Promise<void> => {
  if (id === undefined || id === null) return
  const named = await watermarks.watermark(projectId, id)
  if (!named) throw new DomainError({ kind: 'watermark_not_found', id })
  if (!isConfirmed(named)) throw new DomainError({ kind: 'watermark_unconfirmed' })
}

const toMark = ({ id, picture, placement }: ConfirmedWatermark): Mark => ({ watermarkId: id, picture, placement })
