import { createHash } from 'node:crypto'
import type { Asset } from '../catalog/asset.ts'
import { PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import type { LadderTarget } from './encode-ladder.ts'
import { outputParameters } from './output-parameters.ts'
import type { PinnedObject } from './ports.ts'
import { type ProtectDeps, protectRun } from './protect-run.ts'

interface TargetDeps extends ProtectDeps {
  readonly store: Pick<ObjectStore, 'put'>
  readonly serviceBucket: string
}

interface Run {
  /** After which the objects are named. */
  readonly run: string
  /** Of the source. */
  readonly version: PinnedObject
}

/** How the asset's transcode, the one that is under way, is to be made. */
export const orderedSettings = ({ nextTranscode, transcodeSettings }: Asset): TranscodeSettings => {
  const settings = nextTranscode?.settings ?? transcodeSettings
  if (!settings) throw new Error('a transcode is of an asset with settings')
  return settings
}

/** Where the outputs go, and how they are sealed: the same for every part and every try of a run. */
export const ladderTarget = async (deps: TargetDeps, asset: Asset, { run, version }: Run): Promise<LadderTarget> => {
  const { bucket, prefix } = resultsFolder(asset, deps.serviceBucket)
  const key = asset.nextTranscode?.key ?? asset.encryption?.key
  const protection = await protectRun(deps, asset, { run, key })
  return {
    ...{ store: deps.store, bucket, playFolder: prefix + PLAY_FOLDER },
    parameters: outputParameters(version, orderedSettings(asset)),
    runs: { hls: run, others: protection ? clearRun(run) : run },
    ...(protection && { protection }),
  }
}

/** Another name that follows from the run's; what lies there is meant to be clear. */
const clearRun = (run: string): string => createHash('sha256').update(`clear ${run}`).digest('hex').slice(0, 32)
