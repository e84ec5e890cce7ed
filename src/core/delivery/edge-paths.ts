import { type AdoptedFile, madeRenditions, shownRenditions } from '../catalog/adopted-file.ts'
import type { Asset } from '../catalog/asset.ts'
import { isEncrypted } from '../catalog/encryption.ts'
import {
  COVER_PATH,
  PLAY_FOLDER,
  reviewPath,
  STORYBOARD_FOLDER,
  STORYBOARD_INDEX,
  snapshotPath,
  storyboardSheetPath,
} from '../catalog/object-keys.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { reviewedOffsets } from '../catalog/review.ts'
import { servedPictures } from '../catalog/snapshots.ts'
import { INDEXES, indexesOf, parametersOf } from '../catalog/stream-files.ts'
import { subtitleFile, subtitlePlaylistFile } from '../catalog/subtitles.ts'
import { isPlaylistType } from '../catalog/video-type.ts'
import type { AssetId } from '../shared/ids.ts'
import { SOURCE_SEGMENT_SECONDS, sourceFolder, sourceRun } from './source-film.ts'

/** What is known of an asset when its public paths are listed. All paths here are below `/asset/{id}/`, and percent-encoded. */
export interface KnownFiles {
  readonly asset: Asset
  readonly renditions: readonly Rendition[]
  /** Of an HLS stream that lies with the tenant. */
  readonly adopted: readonly Pick<AdoptedFile, 'path'>[]
}

/** The play URLs: the indexes and outputs, or the source where there are none; and the cover. A playlist stands for what it names. */
export const playPaths = ({ asset, renditions }: KnownFiles): readonly string[] => {
  const shown = shownRenditions(asset, renditions)
  const streams = [...indexesOf(shown).map(({ file }) => file), ...shown.map(({ playlist }) => playlist)]
  const hasSource = !asset.sourceRemoved && !isEncrypted(asset)
  return distinct([
    ...streams.map((file) => PLAY_FOLDER + file),
    ...(streams.length === 0 && hasSource ? [asset.sourcePath] : []),
    ...(asset.cover === undefined ? [] : [COVER_PATH]),
  ])
}

/** Of what is played now, the names that may have meant other bytes a while ago. */
export const changingPaths = (files: KnownFiles): readonly string[] => [
  ...playPaths(files),
  ...distinct(soundPlaylists(files)),
]

/**
 * Everything by which viewers may have come to know the asset, also what is not served any more: of a deleted asset only the names are left
 * that all assets have. The first index stands for all segments, the cover for all pictures (`namesBehind`).
 */
export const knownPaths = ({ asset, renditions }: KnownFiles): readonly string[] =>
  distinct([
    ...INDEXES.map(({ file }) => PLAY_FOLDER + file),
    ...renditions.map(({ playlist }) => PLAY_FOLDER + playlist),
    asset.sourcePath,
    COVER_PATH,
  ])

/** Paths that an edge may hold and that are not listed, because this one stands for them. Of a long film there are very many. */
export function* namesBehind(files: KnownFiles, path: string): Generator<string> {
  const [{ file }] = INDEXES
  if (path === COVER_PATH) yield* distinct(pictures(files.asset))
  if (path !== PLAY_FOLDER + file) return
  yield* distinct([
    ...soundPlaylists(files),
    ...subtitles(files.asset),
    ...files.adopted.map((one) => PLAY_FOLDER + one.path),
  ])
  yield* segments(files)
  yield* sourceFiles(files.asset)
}

/** All of it, those first that viewers begin with. */
export function* allNames(files: KnownFiles): Generator<string> {
  for (const path of knownPaths(files)) {
    yield path
    yield* namesBehind(files, path)
  }
}

/** Where the public paths of an asset begin. */
export const assetRoot = (id: AssetId): string => `/asset/${id}/`

/** Percent-encoded, as it stands in a URL. */
const encodedPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

const distinct = (paths: readonly string[]): readonly string[] => [...new Set(paths.map(encodedPath))]

const subtitles = ({ subtitles }: Asset): readonly string[] =>
  (subtitles?.tracks ?? []).flatMap(({ file }) =>
    [subtitleFile(file), subtitlePlaylistFile(file)].map((name) => PLAY_FOLDER + name),
  )

const SOUNDS = ['audio', 'audio2', 'audio3']

const soundPlaylists = ({ asset, renditions }: KnownFiles): readonly string[] =>
  madeRenditions(asset, renditions)
    .filter(({ format }) => format === 'HLS')
    .flatMap((one) => SOUNDS.map((sound) => `${PLAY_FOLDER}${parametersOf(one)}_${sound}.m3u8`))

/** The shortest that a template group may ask for, and what is usual. */
const LEAST_SECONDS = 2
/** 11 hours of 2 seconds each. */
const MOST_SEGMENTS = 20_000
/** That a template group may ask for. */
const MOST_OUTPUTS = 6

/** How segments of a run may be called. */
interface Naming {
  readonly seconds: number
  readonly outputs: number
  readonly soundEndings: readonly string[]
}

/** Of runs that were replaced nothing is recorded but their names: the settings of before may have been any. */
const ANY: Naming = { seconds: LEAST_SECONDS, outputs: MOST_OUTPUTS, soundEndings: ['.m4s', '.mp3'] }

const namingOf = ({ transcodeSettings: settings }: Asset): Naming => ({
  seconds: settings?.segmentSeconds || LEAST_SECONDS,
  outputs: settings?.outputs.length ?? 0,
  soundEndings: [settings?.audioCodec === 'mp3' ? '.mp3' : '.m4s'],
})

/**
 * Names that segments may have: no more than one begins in each interval of the grid. Computed, because of a deleted asset there is no
 * playlist any more; some name nothing.
 */
function* segments({ asset, renditions }: KnownFiles): Generator<string> {
  const { index, retired = [], media, preview } = asset
  const runs = new Set([...madeRenditions(asset, renditions).map(({ run }) => run), ...(index ? [index] : [])])
  const durationMs = Math.max(media?.durationMs ?? 0, ...renditions.map((one) => one.durationMs))
  for (const run of runs) yield* segmentsOf(run, durationMs, namingOf(asset))
  const before = [...retired, ...(preview ? [preview] : [])]
  for (const { run } of before) if (!runs.has(run)) yield* segmentsOf(run, durationMs, ANY)
}

function* segmentsOf(run: string, durationMs: number, { seconds, outputs, soundEndings }: Naming): Generator<string> {
  const count = countOf(durationMs, seconds)
  // A rung of the source's own size may come on top of those asked for.
  const pictureTracks = Array.from({ length: outputs + 1 }, (_, n) => `${n + 1}`)
  for (const track of [...pictureTracks, ...SOUNDS]) {
    yield* folderOf(`${run}_${track}`, count, track.startsWith('audio') ? soundEndings : ['.m4s'])
  }
}

/** Where no probe came, because the transfer failed: no film has less than 64 kbit/s. */
const LEAST_BYTES_PER_MS = 8

/** Of the stream that the source was, also while it was clear; under earlier keys nothing is known of it. */
function* sourceFiles(asset: Asset): Generator<string> {
  const { videoType, transcodeSettings, media, source } = asset
  if (isPlaylistType(videoType) || transcodeSettings?.sourcePlayback === false) return
  const count = countOf(media?.durationMs ?? source.sizeBytes / LEAST_BYTES_PER_MS, SOURCE_SEGMENT_SECONDS)
  for (const run of new Set([undefined, sourceRun(asset)])) {
    for (const kind of ['video', 'audio'] as const) {
      const folder = sourceFolder(kind, run)
      yield `${PLAY_FOLDER}${folder}.m3u8`
      yield* folderOf(folder, count, ['.m4s'])
    }
  }
}

const countOf = (durationMs: number, seconds: number): number =>
  Math.min(MOST_SEGMENTS, Math.ceil(durationMs / 1000 / seconds) + 2)

function* folderOf(folder: string, count: number, endings: readonly string[]): Generator<string> {
  yield `${PLAY_FOLDER}${folder}/init.mp4`
  for (const ending of endings) {
    for (let n = 0; n < count; n++) yield `${PLAY_FOLDER}${folder}/${String(n).padStart(5, '0')}${ending}`
  }
}

const pictures = ({ snapshots, storyboardSheets = 0, review }: Asset): readonly string[] => [
  ...servedPictures(snapshots).offsets.map(snapshotPath),
  ...reviewedOffsets(review).map(reviewPath),
  ...(storyboardSheets > 0 ? [STORYBOARD_FOLDER + STORYBOARD_INDEX] : []),
  ...Array.from({ length: storyboardSheets }, (_, sheet) => storyboardSheetPath(sheet)),
]
