import { fileURLToPath } from 'node:url'
import type { ReviewScene } from '../../core/catalog/review.ts'
import type { LookRequest, Picture, PictureEngine } from '../../core/review/ports.ts'
import { PermanentFailure, SuspectFailure } from '../../core/shared/task.ts'
import { DEFAULT_LIMITS, shortRun } from '../ffmpeg/media-limits.ts'
import { jpegArguments, readPictures } from '../ffmpeg/read-pictures.ts'
import { type GalleryPicture, listGallery } from './face-gallery.ts'
import { type Face, type KnownFace, matchFaces } from './match-faces.ts'
import { PictureProcess } from './picture-process.ts'

export interface FaceOptions {
  readonly folder: string
  /** Of the gallery; from `scenesOfGallery`. */
  readonly scenes: readonly ReviewScene[]
  /** Reads what is in it. */
  readonly ffmpegPath: string
}

const NAME = 'what looks for faces'
/** Where faces of a 16th of the picture's width have 50 pixels, as many as they need. */
const SIDE = 800
const JPEG_QUALITY = 2
/** Measured with a cover of 4096 x 4096 pixels: 2.1 GB. */
const MEMORY_BYTES = 4 * 2 ** 30
/** A second each is usual. */
const [LOAD_MS, ANSWER_MS] = [60_000, 120_000]

/** Beside main.js where it is built, beside this file where it is not. */
const program = (): string =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './find-faces.ts' : './find-faces.js', import.meta.url))

/**
 * Recognises people of whom the operator has put pictures into a folder. That is looked through for every review: a change holds from
 * the next one on; faces that were found in its files before are not looked for again.
 */
export const faceEngine = (options: FaceOptions): PictureEngine => {
  let remembered: ReadonlyMap<string, Face> = new Map()
  return {
    scenes: options.scenes,
    pictureSide: SIDE,
    async open(opening) {
      await using cleanup = new AsyncDisposableStack()
      const pictures = await listGallery(options.folder, options.scenes)
      const limits = { memoryBytes: MEMORY_BYTES, loadMs: LOAD_MS, answerMs: ANSWER_MS }
      const finding = cleanup.use(await PictureProcess.open({ name: NAME, file: program(), ...limits }, opening))
      const known: KnownFace[] = []
      const faces = new Map<string, Face>()
      for (const picture of pictures) {
        const face = remembered.get(picture.version) ?? (await faceOn(options, { finding, picture, signal: opening }))
        faces.set(picture.version, face)
        known.push({ scene: picture.scene, label: picture.label, face })
      }
      remembered = faces
      const stack = cleanup.move()
      return {
        look: (seen, request) => lookFor({ finding, known }, seen, request),
        [Symbol.asyncDispose]: () => stack.disposeAsync(),
      }
    },
  }
}

interface Wanted {
  readonly finding: PictureProcess
  readonly known: readonly KnownFace[]
}

const lookFor = async ({ finding, known }: Wanted, pictures: readonly Picture[], request: LookRequest) => {
  const seen = []
  for (const { jpeg } of pictures) {
    const faces = parseFaces(await finding.ask(jpeg, request.signal))
    seen.push(Object.fromEntries(request.scenes.map((scene) => [scene, matchFaces(faces, known, scene)])))
  }
  return seen
}

interface Shown {
  readonly finding: PictureProcess
  readonly picture: GalleryPicture
  readonly signal: AbortSignal
}

const faceOn = async (options: FaceOptions, { finding, picture, signal }: Shown): Promise<Face> => {
  const jpeg = await toJpeg(options, picture, signal)
  const faces = parseFaces(await finding.ask(jpeg, signal))
  const [face] = faces
  if (face && faces.length === 1) return face
  throw new PermanentFailure(`the gallery of faces must show one face in ${picture.name}; there are ${faces.length}`)
}

/** As the pictures of films are, upright; from whatever FFmpeg can read. */
const toJpeg = async (
  { ffmpegPath }: FaceOptions,
  picture: GalleryPicture,
  signal: AbortSignal,
): Promise<Uint8Array> => {
  const input = [await picture.read()]
  let found: Uint8Array | undefined
  try {
    const scale = `scale=w='min(${SIDE},iw)':h='min(${SIDE},ih)':force_original_aspect_ratio=decrease`
    const args = ['-v', 'error', '-threads', '1', '-i', 'pipe:0', '-frames:v', '1', '-vf', scale]
    const limits = shortRun(DEFAULT_LIMITS)
    const run = { ffmpegPath, args: [...args, ...jpegArguments(JPEG_QUALITY)], limits, signal, input }
    await readPictures(run, undefined, async (jpeg) => {
      found = jpeg
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw unreadable(picture, cause)
  }
  if (!found) throw unreadable(picture)
  return found
}

const unreadable = ({ name }: GalleryPicture, cause?: unknown): PermanentFailure =>
  new PermanentFailure(`the gallery of faces has a file that is no picture: ${name}`, { cause })

const parseFaces = (answer: unknown): readonly Face[] => {
  const isFace = (face: unknown): face is Face => Array.isArray(face) && face.every((one) => typeof one === 'number')
  if (Array.isArray(answer) && answer.every(isFace)) return answer
  throw new SuspectFailure(`${NAME} answers something else`)
}
