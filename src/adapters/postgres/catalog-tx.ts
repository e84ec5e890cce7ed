import { type Kysely, sql, type Transaction } from 'kysely'
import { DatabaseError } from 'pg'
import type { AdoptedFile } from '../../core/catalog/adopted-file.ts'
import { type Asset, isTranscoding } from '../../core/catalog/asset.ts'
import { isDivided } from '../../core/catalog/divisible.ts'
import type { AssetFact } from '../../core/catalog/fact.ts'
import type { AssetPatch, CatalogTx, Transactions } from '../../core/catalog/ports.ts'
import type { Rendition } from '../../core/catalog/rendition.ts'
import type { ReviewReport } from '../../core/catalog/review.ts'
import { previewSubject, STEPS, type Step, type StepInput } from '../../core/catalog/steps.ts'
import { outputBytes } from '../../core/catalog/storage.ts'
import type { StepStart } from '../../core/lifecycle/clean-up-steps.ts'
import { decide } from '../../core/lifecycle/decide.ts'
import { expectedSeconds } from '../../core/progress/expected-seconds.ts'
import type { AssetId, ProjectId } from '../../core/shared/ids.ts'
import { DomainError } from '../../core/shared/problem.ts'
import type { Engine } from '../../engine/engine.ts'
import { toAsset, toAssetRow, toPatchRow } from './asset-row.ts'
import { auditFact } from './audit-log.ts'
import { holdMarks } from './hold-marks.ts'
import { toRendition, toRenditionRow } from './rendition-row.ts'
import { retentionColumns } from './retention.ts'
import type { DB } from './schema.generated.ts'
import { holdRoom } from './storage.ts'
import { tell } from './tell.ts'
import { transact } from './transact.ts'

type Work = Pick<Engine, 'startStep' | 'cancel' | 'workOf'>

/** Runs catalog work in one transaction each. */
export const catalogTransactions = (db: Kysely<DB>, work: Work): Transactions<CatalogTx> => ({
  write: (body) => transact(db, (trx) => body(catalogTx(trx, work))),
})

/** Core's view of a transaction that somebody else opened, e.g. the engine to complete a task. */
export const catalogTx = (trx: Transaction<DB>, work: Work): CatalogTx => ({
  async insertAsset(asset) {
    if (asset.output) await holdOutput(trx, asset.projectId, asset.output.bucket)
    await holdMarks(trx, asset.transcodeSettings)
    await insertWithinQuota(trx, asset)
  },
  lockCategory: (projectId, id) => lockCategory(trx, projectId, id),
  async lockAsset(id) {
    const row = await trx.selectFrom('asset').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
    return row && toAsset(row)
  },
  requireRoom: (projectId) => holdRoom(trx, projectId, { needed: 0, counted: 0 }),
  openWork: async (id) => openKinds(await work.workOf(id, trx)),
  lockPendingExtractions: (from) => lockPendingExtractions(trx, from),
  renditions: (id) => renditionsOf(trx, id),
  async updateAsset(id, patch) {
    await updateAsset(trx, id, patch)
    // It ends, or gives way.
    if (patch.preview !== undefined) await work.cancel(trx, previewSubject(id))
  },
  replaceAdoptedFiles: (id, files) => replaceAdoptedFiles(trx, id, files),
  replaceReviewReport: (id, report) => replaceReviewReport(trx, id, report),
  replaceRenditions: (id, renditions) => replaceRenditions(trx, id, renditions),
  record: (id, fact) => record({ trx, work }, id, fact),
})

const lockCategory = async (trx: Transaction<DB>, projectId: ProjectId, id: number): Promise<boolean> => {
  const row = await trx
    .selectFrom('category')
    .select('id')
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .forKeyShare()
    .executeTakeFirst()
  return row !== undefined
}

const lockPendingExtractions = async (trx: Transaction<DB>, from: AssetId): Promise<readonly Asset[]> => {
  const rows = await trx
    .selectFrom('asset')
    .selectAll()
    .where('extracted_from', '=', from)
    .where('ingest_state', '=', 'creating')
    .orderBy('id')
    .forUpdate()
    .execute()
  return rows.map(toAsset)
}

const renditionsOf = async (trx: Transaction<DB>, id: AssetId): Promise<readonly Rendition[]> => {
  const rows = await trx.selectFrom('rendition').selectAll().where('asset_id', '=', id).orderBy('idx').execute()
  return rows.map(toRendition)
}

const updateAsset = async (trx: Transaction<DB>, id: AssetId, patch: AssetPatch): Promise<void> => {
  await holdMarks(trx, patch.nextTranscode?.settings)
  await trx
    .updateTable('asset')
    .set({ ...toPatchRow(patch), modified_at: sql`now()` })
    .where('id', '=', id)
    .execute()
    .catch(explainCategory)
  if (endsTranscode(patch)) await trx.deleteFrom('encode_run').where('asset_id', '=', id).execute()
}

const endsTranscode = ({ ingest, transcode }: AssetPatch): boolean =>
  ingest?.state === 'deleted' || (transcode !== undefined && !isTranscoding({ transcode }))

const replaceReviewReport = async (
  trx: Transaction<DB>,
  id: AssetId,
  report: ReviewReport | undefined,
): Promise<void> => {
  await trx.deleteFrom('review_report').where('asset_id', '=', id).execute()
  if (!report) return
  await trx
    .insertInto('review_report')
    .values({ asset_id: id, report: JSON.stringify(report) })
    .execute()
}

const replaceRenditions = async (
  trx: Transaction<DB>,
  id: AssetId,
  renditions: readonly Rendition[],
): Promise<void> => {
  await trx.deleteFrom('rendition').where('asset_id', '=', id).execute()
  if (renditions.length > 0) await trx.insertInto('rendition').values(renditions.map(toRenditionRow)).execute()
  await trx
    .updateTable('asset')
    .set({ output_bytes: outputBytes(renditions) })
    .where('id', '=', id)
    .execute()
}

interface Recording {
  readonly trx: Transaction<DB>
  readonly work: Work
}

const record = async (recording: Recording, id: AssetId, fact: AssetFact): Promise<void> => {
  const { trx, work } = recording
  const { weight, ...row } = await assetRow(trx, id)
  const asset = toAsset(row)
  const { patch, extract, start, cancelWork } = decide(asset, fact)
  if (patch) await updateAsset(trx, id, patch)
  await tell(trx, fact, {
    asset: patch ? toAsset(await assetRow(trx, id)) : asset,
    renditions: () => renditionsOf(trx, id),
  })
  if (extract) {
    // Asked for when there was room: what is under way is finished, and must not fail what it follows from.
    await insertRow(trx, extract)
    await record(recording, extract.id, { type: 'extraction_ordered' })
  }
  await auditFact(trx, asset, fact)
  if (cancelWork) await work.cancel(trx, id, cancelWork === 'all' ? undefined : cancelWork)
  for (const one of start) await startStep(recording, { asset, weight }, one)
}

interface WeightedAsset {
  readonly asset: Asset
  /** Of its project. */
  readonly weight: number
}

const startStep = async (
  { trx, work }: Recording,
  { asset, weight }: WeightedAsset,
  start: StepStart,
): Promise<void> => {
  const { step, delaySeconds, shared, whole } = start
  const input: StepInput = { assetId: asset.id, projectId: asset.projectId }
  const parts = shared?.parts ?? 1
  const request = { subject: asset.id, tenant: asset.projectId, weight }
  const id = await work.startStep(trx, {
    ...{ ...request, kind: step, ...termsOf(step), cost: costOf(asset, start) },
    inputs: Array.from({ length: parts }, (_, part) => (shared ? { ...input, part } : input)),
    expectedSeconds: expectedSeconds(whole ? 'chunk' : step, asset, parts),
    ...(delaySeconds !== undefined && { delaySeconds }),
  })
  if (!shared) return
  await work.startStep(trx, {
    ...{ ...request, cost: 1, kind: shared.next, ...termsOf(shared.next), inputs: [input], after: [id] },
    expectedSeconds: expectedSeconds(shared.next, asset),
  })
}

const termsOf = (step: Step) => {
  const { queue, retryLimit, retrySeconds } = STEPS[step]
  return { queue, retryLimit, retrySeconds }
}

const OPEN_STATES: ReadonlySet<string> = new Set(['waiting', 'queued', 'running'])

const openKinds = (steps: Awaited<ReturnType<Work['workOf']>>): readonly string[] =>
  steps.filter(({ state }) => OPEN_STATES.has(state)).map(({ kind }) => kind)

const assetRow = (trx: Transaction<DB>, id: AssetId) =>
  trx
    .selectFrom('asset')
    .innerJoin('project', 'project.id', 'asset.project_id')
    .selectAll('asset')
    .select('project.weight')
    .where('asset.id', '=', id)
    .executeTakeFirstOrThrow()

const replaceAdoptedFiles = async (trx: Transaction<DB>, id: AssetId, files: readonly AdoptedFile[]): Promise<void> => {
  await trx.deleteFrom('adopted_file').where('asset_id', '=', id).execute()
  const rows = files.map(({ path, etag, contentType }) => ({ asset_id: id, path, etag, content_type: contentType }))
  // A statement takes 65,535 values.
  for (let at = 0; at < rows.length; at += 10_000) {
    await trx
      .insertInto('adopted_file')
      .values(rows.slice(at, at + 10_000))
      .execute()
  }
}

/** Throws `storage_full`. */
const insertWithinQuota = async (trx: Transaction<DB>, asset: Asset): Promise<void> => {
  const { storage_quota } = await insertRow(trx, asset)
  if (storage_quota === null || asset.output) return
  const { sizeBytes } = asset.source
  await holdRoom(trx, asset.projectId, { needed: sizeBytes, counted: sizeBytes })
}

/** Answers the project's quota, too, so that a project without one costs no statement more. */
const insertRow = (trx: Transaction<DB>, asset: Asset) =>
  trx
    .insertInto('asset')
    .values({ ...toAssetRow(asset), ...retentionColumns(asset) })
    .returning((eb) =>
      eb.selectFrom('project').select('storage_quota').where('id', '=', asset.projectId).as('storage_quota'),
    )
    .executeTakeFirstOrThrow()
    .catch(explainCategory)

/** Until the transaction ends the bucket cannot be taken back; afterwards the asset keeps it. Throws `bucket_not_authorized`. */
const holdOutput = async (trx: Transaction<DB>, projectId: ProjectId, bucket: string): Promise<void> => {
  const row = await trx
    .selectFrom('tenant_bucket')
    .select('name')
    .where('name', '=', bucket)
    .where('project_id', '=', projectId)
    .where('authorized', '=', true)
    .forShare()
    .executeTakeFirst()
  if (!row) throw new DomainError({ kind: 'bucket_not_authorized', bucket })
}

/** Tenants share the encoders by what is encoded or decoded, not by the number of files or chunks. What is divided only plans; its chunks count. */
const costOf = (asset: Asset, { step, shared, whole }: StepStart): number => {
  const isCoded = step === 'chunk' || step === 'inspect' || (step === 'transcode' && (whole || !isDivided(asset)))
  return isCoded ? Math.ceil((asset.media?.durationMs ?? 0) / 60_000 / (shared?.parts ?? 1)) : 1
}

/** The category was there when it was asked for and is deleted now: the foreign key noticed. */
const explainCategory = (error: unknown): never => {
  if (error instanceof DatabaseError && error.constraint === 'asset_category_id_fkey') {
    throw new DomainError({ kind: 'category_not_found' }, { cause: error })
  }
  throw error
}
