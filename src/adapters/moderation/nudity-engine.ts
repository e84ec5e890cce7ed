import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SceneScores, Score } from '../../core/catalog/review.ts'
import type { PictureEngine, PictureLook } from '../../core/review/ports.ts'
import { SuspectFailure } from '../../core/shared/task.ts'
import type { ScoreAnswer, ScoreQuestion } from './score-messages.ts'

/** nsfwjs, built in: its model MobileNetV2Mid on WebAssembly, in a thread of its own that lasts as long as a review. */
export const nudityEngine: PictureEngine = {
  scenes: ['porn'],
  open: async () => openNudityLook(),
}

/** Beside main.js where it is built, beside this file where it is not. */
const program = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './score-pictures.ts' : './score-pictures.js', import.meta.url)

const openNudityLook = (): PictureLook => {
  const worker = new Worker(program(), { name: 'score-pictures' })
  let failure: Error | undefined
  worker.on('error', (error) => {
    failure = error
  })
  worker.on('exit', () => {
    failure ??= new Error('its thread has ended')
  })
  let questions = 0
  const ask = async (jpegs: readonly Uint8Array[], signal: AbortSignal): Promise<readonly SceneScores[]> => {
    if (failure) throw gone(failure)
    questions += 1
    const question: ScoreQuestion = { id: questions, jpegs }
    worker.postMessage(question)
    const answer = await answerTo(worker, question.id, signal)
    if ('error' in answer) throw new SuspectFailure(`a picture cannot be looked at: ${answer.error}`)
    return answer.scores.map((scores) => ({ porn: toScores(scores) }))
  }
  return {
    look: (pictures, { signal }) =>
      ask(
        pictures.map(({ jpeg }) => jpeg),
        signal,
      ),
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}

/** One question is open at a time. */
const answerTo = async (worker: Worker, id: number, signal: AbortSignal): Promise<ScoreAnswer> => {
  const ended = new AbortController()
  try {
    const [answer]: [ScoreAnswer] = await Promise.race([
      once(worker, 'message', { signal: AbortSignal.any([signal, ended.signal]) }) as Promise<[ScoreAnswer]>,
      once(worker, 'exit', { signal: ended.signal }).then(() => Promise.reject(gone())),
    ])
    if (answer.id !== id) throw new Error('answers come in the order of the questions')
    return answer
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof SuspectFailure ? error : gone(error)
  } finally {
    ended.abort()
  }
}

const gone = (cause?: unknown): SuspectFailure =>
  new SuspectFailure('what looks at pictures has ended unexpectedly', { cause })

/** Drawing, Hentai, Neutral, Porn, Sexy, as labels of the vendor's. */
const toScores = ([drawing = 0, hentai = 0, neutral = 0, porn = 0, sexy = 0]: readonly number[]): readonly Score[] =>
  [
    { label: 'porn', confidence: porn + hentai },
    { label: 'sexy', confidence: sexy },
    { label: 'normal', confidence: neutral + drawing },
  ]
    .map(({ label, confidence }) => ({ label, confidence: Math.min(1, confidence) }))
    .toSorted((one, other) => other.confidence - one.confidence)
