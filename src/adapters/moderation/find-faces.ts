/** The program of a child process, one per review: a JPEG in, 128 numbers for each face in it out. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { div, mean, mul, reshape, setBackend, sub, Tensor, tensor3d } from '@tensorflow/tfjs-core'
import faceapi from '@vladmandic/face-api/dist/face-api.node-wasm.js'
import { openJpegDecoder } from './jpeg-decoder.ts'
import type { RgbPicture } from './resize-picture.ts'

/** From here on something is a face. */
const LEAST_CONFIDENCE = 0.5

const load = async (): Promise<(jpeg: Uint8Array) => RgbPicture> => {
  registerMethods()
  setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')))}/`)
  await setBackend('wasm')
  const models = join(dirname(fileURLToPath(import.meta.resolve('@vladmandic/face-api/package.json'))), 'model')
  const { nets } = faceapi
  for (const net of [nets.ssdMobilenetv1, nets.faceLandmark68Net, nets.faceRecognitionNet])
    await net.loadFromDisk(models)
  return openJpegDecoder()
}

/**
 * face-api wants all of tfjs, 300 MB, for a few methods of tensors that its core has as functions; package.json puts the core in the
 * place of the whole.
 */
const registerMethods = (): void => {
  const shaped = function (this: Tensor, ...shape: number[]) {
    return reshape(this, shape)
  }
  const flat = function (this: Tensor) {
    return reshape(this, [this.size])
  }
  Object.assign(Tensor.prototype, {
    ...{ as1D: flat, as2D: shaped, as3D: shaped, as4D: shaped },
    div(this: Tensor, other: Tensor) {
      return div(this, other)
    },
    mul(this: Tensor, other: Tensor) {
      return mul(this, other)
    },
    sub(this: Tensor, other: Tensor) {
      return sub(this, other)
    },
    mean(this: Tensor, axis: number[]) {
      return mean(this, axis)
    },
  })
}

const findFaces = async ({ data, width, height }: RgbPicture): Promise<readonly (readonly number[])[]> => {
  const picture = tensor3d(new Int32Array(data), [height, width, 3], 'int32')
  try {
    const options = new faceapi.SsdMobilenetv1Options({ minConfidence: LEAST_CONFIDENCE })
    const faces = await faceapi.detectAllFaces(picture, options).withFaceLandmarks().withFaceDescriptors()
    return faces.map(({ descriptor }) => [...descriptor])
  } finally {
    picture.dispose()
  }
}

const answer = async (id: number, work: Promise<unknown>): Promise<void> => {
  const message = await work.then(
    (value) => ({ id, answer: value }),
    (error: unknown) => ({ id, error: error instanceof Error ? error.message : String(error) }),
  )
  process.send?.(message)
}

const loading = load()
process.on('message', ({ id, jpeg: bytes }: { readonly id: number; readonly jpeg: Uint8Array }) => {
  void answer(
    id,
    loading.then((decode) => findFaces(decode(bytes))),
  )
})
process.on('disconnect', () => process.exit())
await answer(
  0,
  loading.then(() => undefined),
)
