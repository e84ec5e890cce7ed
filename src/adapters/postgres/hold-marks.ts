import type { Transaction } from 'kysely'
import type { TranscodeSettings } from '../../core/catalog/transcode-settings.ts'
import { DomainError } from '../../core/shared/problem.ts'
import type { DB } from './schema.generated.ts'

/**
 * Until the transaction ends the watermarks of an order cannot be deleted; afterwards the order keeps their pictures. Throws
 * `watermark_not_found` for one that was deleted since it was chosen.
 */
export const holdMarks = async (trx: Transaction<DB>, settings: TranscodeSettings | undefined): Promise<void> => {
  const ids = (settings?.marks ?? []).map(({ watermarkId }) => watermarkId)
  if (ids.length === 0) return
  const rows = await trx
    .selectFrom('watermark')
    .select('id')
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .forShare()
    .execute()
  const gone = ids.find((id) => !rows.some((row) => row.id === id))
  if (gone !== undefined) throw new DomainError({ kind: 'watermark_not_found', id: gone })
}
