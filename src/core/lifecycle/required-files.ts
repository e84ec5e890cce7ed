import { madeRenditions } from '../catalog/adopted-file.ts'
import {
  PLAY_FOLDER,
  reviewPath,
  STORYBOARD_FOLDER,
  STORYBOARD_INDEX,
  snapshotObject,
  storyboardSheetPath,
} from '../catalog/object-keys.ts'
import { recordedStill } from '../catalog/recorded-still.ts'
import { reviewedOffsets } from '../catalog/review.ts'
import { servedPictures } from '../catalog/snapshots.ts'
import { indexesOf, servedObject } from '../catalog/stream-files.ts'
import { shownSubtitles } from '../catalog/subtitles.ts'
import { isListing, namedFiles } from '../delivery/named-files.ts'
import type { AssetRecord } from './audit-ports.ts'

/** Reads a playlist below the asset's folder; `undefined`: it is not there. */
export type ReadListing = (path: string) => Promise<string | undefined>

/**
 * Paths below the asset's folder of everything that its record promises: the source, pictures, subtitles, and of each rendition
 * its playlists and all that these name.
 */
export const requiredFiles = async (record: AssetRecord, read: ReadListing): Promise<ReadonlySet<string>> => {
  const { asset } = record
  if (asset.ingest.state !== 'created') return new Set()
  const { run, offsets } = servedPictures(asset.snapshots)
  const sheets = asset.storyboardSheets ?? 0
  const subtitles = shownSubtitles(asset.subtitles, asset.media?.durationMs ?? 0)
  return new Set([
    ...(asset.sourceRemoved || asset.output ? [] : [asset.sourcePath]),
    ...(asset.cover === undefined ? [] : [asset.cover]),
    ...offsets.map((offset) => snapshotObject(run, offset)),
    ...Array.from({ length: sheets }, (_, sheet) => storyboardSheetPath(sheet)),
    ...(sheets > 0 ? [STORYBOARD_FOLDER + STORYBOARD_INDEX] : []),
    ...reviewedOffsets(asset.review).flatMap((offset) => recordedStill(asset, reviewPath(offset))?.object ?? []),
    ...subtitles.flatMap(({ file, playlist }) => [PLAY_FOLDER + file, PLAY_FOLDER + playlist]),
    ...(await streamFiles(record, read)),
  ])
}

/** Follows the names as a player does, and asks delivery's rule what object each of them means. */
const streamFiles = async ({ asset, renditions }: AssetRecord, read: ReadListing): Promise<ReadonlySet<string>> => {
  const made = madeRenditions(asset, renditions)
  const objects = new Set<string>()
  const names = [...indexesOf(made).map(({ file }) => file), ...made.map(({ playlist }) => playlist)]
  const seen = new Set(names)
  for (const name of names) {
    const object = servedObject(asset, made, name)
    // An index goes on naming outputs that were deleted.
    if (object === undefined || objects.has(PLAY_FOLDER + object)) continue
    objects.add(PLAY_FOLDER + object)
    const text = isListing(object) ? await read(PLAY_FOLDER + object) : undefined
    if (text === undefined) continue
    const { playlists, heads, segments } = namedFiles(PLAY_FOLDER + name, text)
    for (const path of [...playlists, ...heads, ...segments]) {
      const next = path.slice(PLAY_FOLDER.length)
      if (!path.startsWith(PLAY_FOLDER) || seen.has(next)) continue
      seen.add(next)
      names.push(next)
    }
  }
  return objects
}
