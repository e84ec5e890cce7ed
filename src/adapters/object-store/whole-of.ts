/** The same bytes; throws where they are more or fewer than announced, before whoever takes them could think that was all. */
export async function* wholeOf(
  bytes: AsyncIterable<Uint8Array>,
  sizeBytes: number | undefined,
): AsyncGenerator<Uint8Array> {
  if (sizeBytes === undefined) return yield* bytes
  let seen = 0
  for await (const chunk of bytes) {
    seen += chunk.length
    if (seen > sizeBytes) break
    yield chunk
  }
  if (seen !== sizeBytes) {
    throw new Error(`${seen > sizeBytes ? 'more' : 'fewer'} bytes came than the ${sizeBytes} that were announced`)
  }
}
