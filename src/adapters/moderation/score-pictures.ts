/** Runs in a worker thread of its own, one per review: JPEGs in, what the model sees in them out. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parentPort } from 'node:worker_threads'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import { type io, setBackend, Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core'
import { MobileNetV2MidModel } from 'nsfwjs/models/mobilenet_v2_mid'
import { openJpegDecoder } from './jpeg-decoder.ts'
import { type RgbPicture, resizePicture } from './resize-picture.ts'
import type { ScoreAnswer, ScoreQuestion } from './score-messages.ts'

/** What the model was trained on. */
const SIDE = 224
const VALUES = SIDE * SIDE * 3
const CLASSES = 5

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

interface Look {
  readonly model: GraphModel
  readonly decode: (jpeg: Uint8Array) => RgbPicture
}

const open = async (): Promise<Look> => {
  const [model, decode] = await Promise.all([loadModel(), openJpegDecoder()])
  return { model, decode }
}

/** All at once: one by one they take 8 % longer. */
const score = ({ model, decode }: Look, jpegs: readonly Uint8Array[]): readonly (readonly number[])[] => {
  const values = new Float32Array(jpegs.length * VALUES)
  for (const [n, jpeg] of jpegs.entries()) {
    resizePicture(decode(jpeg), SIDE, values.subarray(n * VALUES, (n + 1) * VALUES))
  }
  return tidy(() => {
    const answer = model.predict(tensor4d(values, [jpegs.length, SIDE, SIDE, 3]))
    if (!(answer instanceof Tensor)) throw new Error('the model answers one tensor')
    const scores = answer.dataSync()
    return jpegs.map((_, n) => [...scores.subarray(n * CLASSES, (n + 1) * CLASSES)])
  })
}

const port = parentPort
if (!port) throw new Error('this file is the program of a worker thread')
const opening = open()
port.on('message', ({ id, jpegs }: ScoreQuestion) => {
  const answer = async (): Promise<ScoreAnswer> => {
    try {
      return { id, scores: score(await opening, jpegs) }
    } catch (error) {
      return { id, error: error instanceof Error ? error.message : String(error) }
    }
  }
  void answer().then((message) => port.postMessage(message))
})
