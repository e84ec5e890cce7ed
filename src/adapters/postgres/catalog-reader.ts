import type { Kysely } from 'kysely'
import type { CatalogReader } from '../../core/catalog/ports.ts'
import type { Rendition } from '../../core/catalog/rendition.ts'
import type { ReviewReport } from '../../core/catalog/review.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import { toAsset } from './asset-row.ts'
import { assetsWithSnapshots, listAssets } from './list-assets.ts'
import { toRendition } from './rendition-row.ts'
import type { DB } from './schema.generated.ts'

export const catalogReader = (db: Kysely<DB>): CatalogReader => ({
  async asset(projectId, id) {
    const row = await db
      .selectFrom('asset')
      .selectAll()
      .where('id', '=', id)
      .where('project_id', '=', projectId)
      .executeTakeFirst()
    return row && toAsset(row)
  },
  async assetById(id) {
    const row = await db.selectFrom('asset').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toAsset(row)
  },
  async renditions(ids) {
    if (ids.length === 0) return new Map()
    const rows = await db
      .selectFrom('rendition')
      .selectAll()
      .where('asset_id', 'in', [...ids])
      .orderBy('asset_id')
      .orderBy('idx')
      .execute()
    return Map.groupBy(rows.map(toRendition), ({ assetId }): AssetId => assetId) satisfies Map<AssetId, Rendition[]>
  },
  async adoptedFile(id, path) {
    const row = await db
      .selectFrom('adopted_file')
      .select(['path', 'etag', 'content_type as contentType'])
      .where('asset_id', '=', id)
      .where('path', '=', path)
      .executeTakeFirst()
    return row
  },
  adoptedFiles: (id) =>
    db
      .selectFrom('adopted_file')
      .select(['path', 'etag', 'content_type as contentType'])
      .where('asset_id', '=', id)
      .execute(),
  async reviewReport(id) {
    const row = await db.selectFrom('review_report').select('report').where('asset_id', '=', id).executeTakeFirst()
    // Only `replaceReviewReport` writes it.
    return row && (row.report as unknown as ReviewReport)
  },
  async categoryNames(projectId, ids) {
    const rows = await db
      .selectFrom('category')
      .select(['id', 'name'])
      .where('project_id', '=', projectId)
      .where('id', 'in', [...ids])
      .execute()
    return new Map(rows.map(({ id, name }) => [id, name]))
  },
  listAssets: (projectId, filter, page) => listAssets(db, { projectId, filter, page }),
  withSnapshots: (projectId, filter, range) => assetsWithSnapshots(db, projectId, { filter, range }),
})
