/** Runs in a worker thread of its own, one per review: a JPEG in, what the model sees in it out. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parentPort } from 'node:worker_threads'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import { type io, setBackend, Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core'
import jpeg from 'jpeg-js'
import { MobileNetV2MidModel } from 'nsfwjs/models/mobilenet_v2_mid'
import { resizePicture } from './resize-picture.ts'
import type { ScoreAnswer, ScoreQuestion } from './score-messages.ts'

/** What the model was trained on. */
const SIDE = 224
/** A picture of the largest side that covers have takes less. */
const MOST_MEGABYTES = 1024

/** As the package has it, which says nothing of its types. */
interface PackagedModel {
  readonly modelJson: () => Promise<{ readonly default: io.ModelJSON }>
  /** Texts in base64. */
  readonly weightBundles: readonly (() => Promise<{ readonly default: string }>)[]
}

const loadModel = async (): Promise<GraphModel> => {
  setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')))}/`)
  await setBackend('wasm')
  // All of it comes from the package on disk: modules with JSON and base64 texts.
  const { modelJson, weightBundles }: PackagedModel = MobileNetV2MidModel
  const { default: json } = await modelJson()
  const texts = await Promise.all(weightBundles.map((load) => load()))
  const weights = Buffer.concat(texts.map(({ default: text }) => Buffer.from(text, 'base64')))
  return loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap((manifest) => manifest.weights),
      weightData: new Uint8Array(weights).buffer,
    }),
  })
}

const score = (model: GraphModel, bytes: Uint8Array): readonly number[] => {
  const { data, width, height } = jpeg.decode(bytes, {
    ...{ useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: MOST_MEGABYTES },
  })
  const values = resizePicture({ data, width, height }, SIDE)
  return tidy(() => {
    const scores = model.predict(tensor4d(values, [1, SIDE, SIDE, 3]))
    if (!(scores instanceof Tensor)) throw new Error('the model answers one tensor')
    return [...scores.dataSync()]
  })
}

const port = parentPort
if (!port) throw new Error('this file is the program of a worker thread')
const loading = loadModel()
port.on('message', ({ id, jpeg: bytes }: ScoreQuestion) => {
  const answer = async (): Promise<ScoreAnswer> => {
    try {
      return { id, scores: score(await loading, bytes) }
    } catch (error) {
      return { id, error: error instanceof Error ? error.message : String(error) }
    }
  }
  void answer().then((message) => port.postMessage(message))
})
