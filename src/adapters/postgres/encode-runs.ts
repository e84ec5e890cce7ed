import type { Kysely, Transaction } from 'kysely'
import type { EncodedPart, EncodeRun, EncodeRunReader, EncodeRunTx } from '../../core/processing/encode-runs.ts'
import { type PartRecord, parsePartRecord, toPartRecord } from '../../core/processing/part-record.ts'
import type { DB } from './schema.generated.ts'

/** The casts hold because only this file writes these columns. */
export const encodeRuns = (db: Kysely<DB>): EncodeRunReader => ({
  async encodeRun(id) {
    const row = await db.selectFrom('encode_run').select('run').where('asset_id', '=', id).executeTakeFirst()
    return row && (row.run === null ? 'whole' : (row.run as unknown as EncodeRun))
  },
  async encodedParts(id) {
    const of = db.selectFrom('encode_part').where('asset_id', '=', id)
    const parts: EncodedPart[] = []
    // One by one: as the texts of JSON they take many times the memory that they take afterwards.
    for (const { idx } of await of.select('idx').orderBy('idx').execute()) {
      const row = await of.select('part').where('idx', '=', idx).executeTakeFirst()
      // Given up meanwhile: whoever counts them sees it.
      if (row) parts.push(parsePartRecord(row.part as unknown as PartRecord))
    }
    return parts
  },
})

export const encodeRunTx = (trx: Transaction<DB>): EncodeRunTx => ({
  async openRun(id, run) {
    await trx.deleteFrom('encode_run').where('asset_id', '=', id).execute()
    await trx
      .insertInto('encode_run')
      .values({ asset_id: id, run: JSON.stringify(run) })
      .execute()
  },
  async keepPart(id, idx, part) {
    await trx
      .insertInto('encode_part')
      .values({ asset_id: id, idx, part: JSON.stringify(toPartRecord(part)) })
      .execute()
  },
  async giveUpParts(id) {
    await trx.deleteFrom('encode_run').where('asset_id', '=', id).execute()
    await trx.insertInto('encode_run').values({ asset_id: id, run: null }).execute()
  },
})
