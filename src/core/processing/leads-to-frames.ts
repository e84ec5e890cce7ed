import { readBoxes } from '../packaging/boxes.ts'
import { fileBoxes } from '../packaging/file-boxes.ts'
import { TrackDefect } from '../packaging/track-defect.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import type { PinnedObject, PinnedSource } from './ports.ts'

/** Movies have few boxes beside their index and their samples. */
const MOST_BOXES = 100
/** A Matroska file says at its beginning where its parts lie. */
const HEAD_BYTES = 64 << 10
/** A seek entry (`SeekID`) that names the cues. */
const CUES_ENTRY = Buffer.from([0x53, 0xab, 0x84, 0x1c, 0x53, 0xbb, 0x6b])

/**
 * Whether the file has an index that leads to any frame of it. Without one FFmpeg reads all that lies before, and each chunk of a film would read
 * most of the file again: fragmented MP4, Matroska as it was recorded.
 */
export const leadsToFrames = async (
  store: Pick<ObjectStore, 'read'>,
  source: PinnedSource,
  { container, signal }: { readonly container: string; readonly signal: AbortSignal },
): Promise<boolean> => {
  if (!('etag' in source)) return false
  const read = (start: number, length: number) => readPart(store, source, { start, length, signal })
  if (container.startsWith('matroska')) {
    const head = await read(0, Math.min(HEAD_BYTES, source.sizeBytes))
    return Buffer.from(head).includes(CUES_ENTRY)
  }
  try {
    return await hasSampleTables(source.sizeBytes, read)
  } catch (error) {
    if (error instanceof TrackDefect) return false
    throw error
  }
}

type ReadPart = (start: number, length: number) => Promise<Uint8Array>

const hasSampleTables = async (sizeBytes: number, read: ReadPart): Promise<boolean> => {
  const file = fileBoxes({ sizeBytes, read })
  let at = 0
  for (let boxes = 0; boxes < MOST_BOXES && at < sizeBytes; boxes += 1) {
    const box = await file.boxAt(at)
    if (box.type === 'moov') return ![...readBoxes(await file.payloadOf(box))].some(({ type }) => type === 'mvex')
    at = box.end
  }
  return false
}

interface Part {
  readonly start: number
  readonly length: number
  readonly signal: AbortSignal
}

const readPart = async (
  store: Pick<ObjectStore, 'read'>,
  { bucket, key, etag }: PinnedObject,
  { start, length, signal }: Part,
): Promise<Uint8Array> => {
  const range = { start, end: start + length - 1 }
  return readWhole(store, { bucket, key }, { range, ifMatch: etag, signal, mostBytes: length })
}
