import { createRequire } from 'node:module'
import type { RgbPicture } from './resize-picture.ts'

/** What the package has, which says nothing of its types. What it throws is a number, and its log names the reason. */
interface Codec {
  readonly JPEGDecoder: new () => {
    /** In the memory of WebAssembly, as the answers are: valid until the next call. */
    getEncodedBuffer(length: number): Uint8Array
    readHeader(): void
    decode(): void
    getDecodedBuffer(): Uint8ClampedArray
    getFrameInfo(): { readonly width: number; readonly height: number; readonly componentCount: number }
  }
}

const CODEC = '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs'
/** Of a picture with the largest side that covers have. */
const MOST_PIXELS = 4096 * 4096

/** libjpeg-turbo on WebAssembly: a third of what a decoder in JavaScript takes. A picture is valid until the next one is decoded. */
export const openJpegDecoder = async (): Promise<(bytes: Uint8Array) => RgbPicture> => {
  // Not as a module: as a script it finds its WebAssembly beside itself.
  const openCodec: () => Promise<Codec> = createRequire(import.meta.url)(CODEC)
  const decoder = new (await openCodec()).JPEGDecoder()
  return (bytes) => {
    decoder.getEncodedBuffer(bytes.length).set(bytes)
    try {
      decoder.readHeader()
      const { width, height, componentCount } = decoder.getFrameInfo()
      if (componentCount !== 3 || width * height > MOST_PIXELS)
        throw new Error(`${width}x${height} of ${componentCount} colours`)
      decoder.decode()
      return { width, height, data: decoder.getDecodedBuffer() }
    } catch (cause) {
      throw new Error('it is no JPEG that can be decoded', { cause })
    }
  }
}
