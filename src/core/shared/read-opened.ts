import type { OpenedObject } from './object-store.ts'

/** All bytes of an opened object into memory of its size. */
export const readOpened = async ({ fill, stream }: OpenedObject, place: Uint8Array): Promise<void> => {
  if (fill) return await fill(place)
  let at = 0
  for await (const chunk of stream()) {
    place.set(chunk, at)
    at += chunk.length
  }
}
