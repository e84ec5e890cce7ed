import { join } from 'node:path'
import type { ReadLine, TextReader } from '../../core/review/ports.ts'
import { SuspectFailure } from '../../core/shared/task.ts'
import { PictureProcess } from './picture-process.ts'

const NAME = 'what reads text in pictures'
/** Where Chinese and English are read whose letters are a 36th of the picture's height (docs/review.md). */
const SIDE = 800
/** Measured with a picture full of text: 0.6 GB. */
const MEMORY_BYTES = 2 * 2 ** 30
/** A second each is usual. */
const [LOAD_MS, ANSWER_MS] = [60_000, 120_000]

/** The extra package in `extras/review-ocr`, wherever its folder is. */
export const textReader = (folder: string): TextReader => ({
  pictureSide: SIDE,
  open: async (opening) => {
    const program = { name: NAME, file: join(folder, 'read-text.js'), args: [String(SIDE)] }
    const reading = await PictureProcess.open(
      { ...program, memoryBytes: MEMORY_BYTES, loadMs: LOAD_MS, answerMs: ANSWER_MS },
      opening,
    )
    return {
      read: async (jpeg, signal) => parseLines(await reading.ask(jpeg, signal)),
      [Symbol.asyncDispose]: () => reading[Symbol.asyncDispose](),
    }
  },
})

/** It is installed apart from us, maybe of another version. */
const parseLines = (answer: unknown): readonly ReadLine[] => {
  if (!Array.isArray(answer)) throw wrong()
  return answer.map((line: unknown) => {
    if (typeof line !== 'object' || line === null || !('text' in line) || !('confidence' in line)) throw wrong()
    const { text, confidence } = line
    if (typeof text !== 'string' || typeof confidence !== 'number') throw wrong()
    return { text, confidence: Math.min(1, Math.max(0, confidence)) }
  })
}

const wrong = (): SuspectFailure => new SuspectFailure(`${NAME} answers something else`)
