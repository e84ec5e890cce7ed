import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { type ByteRange, type FillOptions, ObjectChangedError } from '../../core/shared/object-store.ts'
import { etagOf, type OpenObject } from './local-object.ts'
import { roomIn, withoutFirst } from './places.ts'

const CHUNK_BYTES = 262_144

/**
 * The bytes of an open object; closes it at the end. A file that is written to in place meanwhile (nothing of ours does
 * that) breaks the stream when it got shorter, and at the end when the caller asked for one version.
 */
export const streamObject = (
  { file, info }: OpenObject,
  range: ByteRange | undefined,
  ifMatch: string | undefined,
): Readable => {
  let position = range?.start ?? 0
  const end = Math.min(range ? range.end + 1 : info.sizeBytes, info.sizeBytes)
  const next = async (): Promise<Uint8Array | undefined> => {
    if (position < end) {
      const bytes = await readAt(file, position, Math.min(CHUNK_BYTES, end - position))
      position += bytes.length
      return bytes
    }
    await requireVersion(file, ifMatch)
    return undefined
  }
  return new Readable({
    highWaterMark: CHUNK_BYTES,
    read() {
      next().then(
        (bytes) => this.push(bytes ?? null),
        (error) => this.destroy(error),
      )
    },
    destroy(error, callback) {
      file.close().then(
        () => callback(error),
        (closing) => callback(error ?? closing),
      )
    },
  })
}

/** All of an open object, which is closed; under the same conditions. */
export const fillWith = async (opened: OpenObject, place: Uint8Array): Promise<void> => {
  try {
    if (place.length !== opened.info.sizeBytes) throw new RangeError('the memory has another size than the object')
    await fillAll(opened, [place], { start: 0, ifMatch: opened.info.etag })
  } finally {
    await opened.file.close()
  }
}

/**
 * Fills memory from an open object, and closes it; under the same conditions. An abort ends it at once, also where the file
 * system hangs: what was asked for may still be written then.
 */
export const fillFrom = async (
  opened: OpenObject,
  places: readonly Uint8Array[],
  { signal, ...range }: FillOptions,
): Promise<void> => {
  const filling = fillAll(opened, places, range).finally(() => opened.file.close())
  if (!signal) return await filling
  // Nobody waits for it after an abort.
  filling.catch(() => undefined)
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    await Promise.race([filling, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

const fillAll = async (
  { file, info }: OpenObject,
  places: readonly Uint8Array[],
  { start, ifMatch }: Omit<FillOptions, 'signal'>,
): Promise<void> => {
  if (start + roomIn(places) > info.sizeBytes) throw new RangeError('the range ends past the end')
  let [rest, position] = [withoutFirst(places, 0), start]
  while (rest.length > 0) {
    const { bytesRead } = await file.readv(rest, position)
    if (bytesRead === 0) throw tooShort()
    position += bytesRead
    rest = withoutFirst(rest, bytesRead)
  }
  await requireVersion(file, ifMatch)
}

const requireVersion = async (file: FileHandle, ifMatch: string | undefined): Promise<void> => {
  const isTorn = ifMatch !== undefined && etagOf(await file.stat({ bigint: true })) !== ifMatch
  if (isTorn) throw new ObjectChangedError('the object changed while it was read')
}

const tooShort = () => new ObjectChangedError('the object became shorter while it was read')

const readAt = async (file: FileHandle, position: number, length: number): Promise<Uint8Array> => {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position)
  if (bytesRead === 0) throw tooShort()
  return buffer.subarray(0, bytesRead)
}
