import type { ObjectAddress, ObjectStore, ReadOptions } from './object-store.ts'

/** All bytes of an object, or of a range, that fit into memory. Throws when it has more than `mostBytes`. */
export const readWhole = async (
  store: Pick<ObjectStore, 'read'>,
  object: ObjectAddress,
  { mostBytes, ...options }: ReadOptions & { readonly mostBytes: number },
): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of await store.read(object, options)) {
    if (!(chunk instanceof Uint8Array)) throw new Error('an object store reads bytes')
    chunks.push(chunk)
    size += chunk.length
    if (size > mostBytes) throw new Error(`an object of more than ${mostBytes} bytes where none is expected`)
  }
  return Buffer.concat(chunks)
}
