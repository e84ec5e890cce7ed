import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { type ByteRange, ObjectChangedError } from '../../core/shared/object-store.ts'
import { etagOf, type OpenObject } from './local-object.ts'

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
    const isTorn = ifMatch !== undefined && etagOf(await file.stat({ bigint: true })) !== ifMatch
    if (isTorn) throw new ObjectChangedError('the object changed while it was read')
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

const readAt = async (file: FileHandle, position: number, length: number): Promise<Uint8Array> => {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position)
  if (bytesRead === 0) throw new ObjectChangedError('the object became shorter while it was read')
  return buffer.subarray(0, bytesRead)
}
