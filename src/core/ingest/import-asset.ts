import { ifAllowed } from '../auth/authorize-bucket.ts'
import type { Asset } from '../catalog/asset.ts'
import type { ContentKeys } from '../catalog/encryption.ts'
import { type KeySettingsStore, requireKeyAddress } from '../catalog/key-settings.ts'
import { fileNameOf, MASTER_PLAYLIST, PLAY_FOLDER, sourceFileName } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx, Transactions } from '../catalog/ports.ts'
import { requireEncryptable } from '../catalog/require-encryptable.ts'
import type { ReviewOrder } from '../catalog/review.ts'
import { outputsOf } from '../catalog/transcodable.ts'
import { requireCategory } from '../catalog/update-asset.ts'
import { isAudioType, isPlaylistType } from '../catalog/video-type.ts'
import type { BucketGrants } from '../shared/bucket-grants.ts'
import type { Now } from '../shared/clock.ts'
import { type AssetId, parseAssetId } from '../shared/ids.ts'
import { type ObjectInfo, type ObjectStore, StoreRefusedError } from '../shared/object-store.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import type { ChooseReview } from '../templates/review-template-use-cases.ts'
import type { ChooseTemplate, ChosenTemplate } from '../templates/use-cases.ts'
import type { ImportAsset } from './use-cases.ts'
import { type ExpandedImport, type WorkflowDeps, withWorkflow } from './with-workflow.ts'

export interface ImportDeps extends WorkflowDeps {
  readonly db: Transactions<CatalogTx>
  readonly reader: CatalogReader
  readonly grants: BucketGrants
  readonly chooseTemplate: ChooseTemplate
  readonly chooseReview: ChooseReview
  readonly store: Pick<ObjectStore, 'bucketExists' | 'head' | 'whereBucketsAre'>
  readonly keys: Pick<ContentKeys, 'make'>
  readonly keySettings: Pick<KeySettingsStore, 'keySettings'>
  readonly region: string
  readonly now: Now
}

/**
 * Makes an asset of an object in a tenant's bucket, which is copied to ours or stays where it is. Answers as soon as asset and first task are committed together; the
 * version of the object seen here is pinned, so that a later change never slips in.
 * Order of checks (decisions.md 5.2): fields (before this), region, grant, object, category, template group, workflow, review template, encryption.
 */
export const importAsset =
  (deps: ImportDeps) =>
  async (request: ImportAsset): Promise<AssetId> => {
    const { source, categoryId, projectId } = request
    if (source.location !== deps.region) {
      throw new DomainError({ kind: 'wrong_region', location: source.location, region: deps.region })
    }
    await requireBuckets(deps, request)
    const found = await findSource(deps.store, source)
    if (categoryId !== undefined) await requireCategory(deps.reader, projectId, categoryId)
    const command = await withWorkflow(deps, request)
    const template = await deps.chooseTemplate(projectId, command.templateGroup)
    const review = await reviewOf(deps, command)
    const encrypt = await wantsEncryption(command, template, deps)
    const asset = newAsset(command, { found, template, review, encrypt }, deps)
    await deps.db.write(async (tx) => {
      await tx.insertAsset(asset)
      await tx.record(asset.id, { type: 'imported' })
    })
    return asset.id
  }

/** Results go to a tenant's bucket under the same rules by which sources are read from one. */
const requireBuckets = async (
  { grants, store }: ImportDeps,
  { projectId, source, output }: ImportAsset,
): Promise<void> => {
  for (const bucket of new Set([source.bucket, ...(output ? [output.bucket] : [])])) {
    if (!(await grants.isGranted(projectId, bucket))) throw new DomainError({ kind: 'bucket_not_authorized', bucket })
  }
  if (!output || output.bucket === source.bucket) return
  // It was there when it was authorised; without it every result would fail much later.
  if (await ifAllowed(output.bucket, () => store.bucketExists(output.bucket))) return
  throw new DomainError({ kind: 'bucket_not_found', bucket: output.bucket, where: store.whereBucketsAre })
}

const findSource = async (store: ImportDeps['store'], { bucket, key }: ImportAsset['source']): Promise<ObjectInfo> => {
  try {
    const found = await store.head({ bucket, key })
    if (found) return found
  } catch (error) {
    if (!(error instanceof StoreRefusedError)) throw error
    throw new DomainError({ kind: 'source_unreadable', bucket, key, reason: error.message }, { cause: error })
  }
  throw new DomainError({ kind: 'source_not_found', bucket, key })
}

const reviewOf = async (
  { chooseReview, newId }: ImportDeps,
  { projectId, reviewTemplateId: templateId }: ExpandedImport,
): Promise<ReviewOrder | undefined> => {
  if (templateId === undefined) return
  const settings = await chooseReview(projectId, templateId)
  if (!settings) throw invalidField('review.template_id', `names no review template: ${templateId}`)
  return { task: newId(), templateId, settings }
}

/**
 * What is asked to be protected is never left clear in silence: it must become an HLS stream (decisions.md 4.4, 4.10). A group that
 * encrypts asks it of what is transcoded; audio is not, and its note says that it stays clear.
 */
const wantsEncryption = async (
  { projectId, encrypt, videoType }: ExpandedImport,
  { settings }: ChosenTemplate,
  { keySettings }: ImportDeps,
): Promise<boolean> => {
  const isAudio = isAudioType(videoType)
  if (!encrypt && (!settings?.encrypt || isAudio)) return false
  if (isAudio) throw invalidField('auto_encrypt', `cannot be 1 for video_type ${videoType}`)
  const outputs = settings ? outputsOf(videoType, settings) : []
  requireEncryptable(outputs, invalidField('auto_encrypt', 'needs a template group that makes HLS'))
  await requireKeyAddress(keySettings, projectId)
  return true
}

interface Found {
  readonly found: ObjectInfo
  readonly template: ChosenTemplate
  readonly review: ReviewOrder | undefined
  readonly encrypt: boolean
}

const newAsset = (
  command: ExpandedImport,
  { found, template, review, encrypt }: Found,
  { newId, now, keys }: ImportDeps,
): Asset => {
  const { projectId, source, videoType } = command
  const id = parseAssetId(newId())
  if (!id) throw new Error('newId must give 32 hex digits')
  const videoName = fileNameOf(source.key)
  const createdAt = now()
  return {
    id,
    projectId,
    createdAt,
    modifiedAt: createdAt,
    title: command.title,
    ...(command.description !== undefined && { description: command.description }),
    ...(command.categoryId !== undefined && { categoryId: command.categoryId }),
    tags: command.tags,
    videoType,
    videoName,
    source: { bucket: source.bucket, key: source.key, sizeBytes: found.sizeBytes, etag: found.etag },
    ...(command.output && { output: command.output }),
    // The playlist itself is the stream's index, whatever it is called.
    sourcePath: isPlaylistType(videoType)
      ? PLAY_FOLDER + MASTER_PLAYLIST
      : sourceFileName(newId(), videoName, videoType),
    ingest: { state: 'creating' },
    published: false,
    publishWhenReady: command.publishWhenReady,
    ...(template.name !== undefined && { templateGroup: template.name }),
    ...(template.id !== undefined && { templateGroupId: template.id }),
    ...(template.settings && { transcodeSettings: template.settings }),
    transcode: { state: 'none' },
    snapshots: command.snapshots ? { state: 'wanted', task: newId(), settings: command.snapshots } : { state: 'none' },
    ...(review && { review: { state: 'wanted', order: review } }),
    sourceRemoved: false,
    ...(encrypt && { encryption: { key: keys.make(id) } }),
    ...(command.workflow && { workflow: command.workflow }),
    options: command.options,
  }
}
