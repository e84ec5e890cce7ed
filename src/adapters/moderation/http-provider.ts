import { setTimeout as delay } from 'node:timers/promises'
import type { ReviewScene, SceneScores, Score } from '../../core/catalog/review.ts'
import type { Post, PostOutcome } from '../../core/notifications/ports.ts'
import { signatureOf } from '../../core/notifications/signature.ts'
import type { LookRequest, Picture, PictureEngine } from '../../core/review/ports.ts'
import type { Now } from '../../core/shared/clock.ts'
import { PermanentFailure, SuspectFailure } from '../../core/shared/task.ts'

export interface ProviderOptions {
  readonly url: string
  readonly secret: string
  readonly post: Post
  readonly now: Now
  /** Before the second try, and before the third; the tests' are shorter. */
  readonly pausesMs?: readonly number[]
}

const PAUSES_MS = [1_000, 5_000]

/** Whatever the operator has, behind one HTTP call (docs/review.md). */
export const httpProvider = (options: ProviderOptions): PictureEngine => ({
  scenes: ['terrorism', 'politics'],
  open: async () => ({
    look: (pictures, request) => (pictures.length === 0 ? Promise.resolve([]) : lookBy(options, pictures, request)),
    async [Symbol.asyncDispose]() {},
  }),
})

const lookBy = async (
  options: ProviderOptions,
  pictures: readonly Picture[],
  { asset, scenes, signal }: LookRequest,
): Promise<readonly SceneScores[]> => {
  const body = JSON.stringify({
    ...{ version: 1, project_id: asset.projectId, asset_id: asset.id, scenes },
    pictures: pictures.map(({ offset, jpeg }) => ({ offset, jpeg: Buffer.from(jpeg).toString('base64') })),
  })
  return parseAnswer(await callAgain(options, body, signal), { count: pictures.length, scenes })
}

/** Tried again: what may be better in a moment, an answer that broke off too. */
const callAgain = async (options: ProviderOptions, body: string, signal: AbortSignal): Promise<unknown> => {
  for (const pauseMs of [...(options.pausesMs ?? PAUSES_MS), undefined]) {
    signal.throwIfAborted()
    const outcome = await call(options, body, signal)
    const answer = isGood(outcome) ? parseJson(outcome.text) : undefined
    if (answer !== undefined) return answer
    signal.throwIfAborted()
    if (isFinal(outcome)) throw new PermanentFailure(complaint(outcome))
    if (pauseMs === undefined) throw new SuspectFailure(complaint(outcome))
    await delay(pauseMs, undefined, { signal })
  }
  throw new Error('the last try ends the loop')
}

const call = ({ url, secret, post, now }: ProviderOptions, body: string, signal: AbortSignal): Promise<PostOutcome> =>
  post({
    ...{ url, body, signal },
    headers: { 'content-type': 'application/json', 'telecine-signature': signatureOf(secret, body, now()) },
  })

type Answered = Extract<PostOutcome, { type: 'answered' }>

const isGood = (outcome: PostOutcome): outcome is Answered => outcome.type === 'answered' && outcome.status === 200

/** Refused for what was asked, or by whom: that stays so. */
const isFinal = (outcome: PostOutcome): boolean =>
  outcome.type === 'answered' && outcome.status !== 200 && outcome.status < 500 && !LATER.includes(outcome.status)

const LATER = [408, 425, 429]

const complaint = (outcome: PostOutcome): string => {
  if (outcome.type === 'unanswered') return `the review provider ${outcome.reason}`
  return `the review provider answered ${outcome.status === 200 ? 'no JSON' : outcome.status}`
}

/** `undefined` where it is none. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Expected {
  readonly count: number
  readonly scenes: readonly ReviewScene[]
}

/** A list of scores for every scene of every picture, or the answer is none: what is missing was not looked at. */
const parseAnswer = (answer: unknown, { count, scenes }: Expected): readonly SceneScores[] => {
  const pictures = member(answer, 'pictures')
  if (!Array.isArray(pictures) || pictures.length !== count) {
    throw wrong(`pictures must be a list of ${count}, one for each picture that was sent`)
  }
  return pictures.map((picture: unknown, n) =>
    Object.fromEntries(scenes.map((scene) => [scene, parseScores(member(picture, scene), `pictures[${n}].${scene}`)])),
  )
}

const MOST_SCORES = 50
const MOST_LABEL = 100

const parseScores = (list: unknown, where: string): readonly Score[] => {
  if (!Array.isArray(list) || list.length > MOST_SCORES)
    throw wrong(`${where} must be a list of at most ${MOST_SCORES}`)
  return list
    .map((one: unknown) => {
      const [label, confidence] = [member(one, 'label'), member(one, 'confidence')]
      if (typeof label !== 'string' || !isLabel(label)) {
        throw wrong(`${where} must have labels of 1 to ${MOST_LABEL} printable characters`)
      }
      if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
        throw wrong(`${where} must have confidences from 0 to 1`)
      }
      return { label, confidence }
    })
    .toSorted((one, other) => other.confidence - one.confidence)
}

/** PostgreSQL stores neither NUL nor halves of characters, and a report that cannot be stored would be made again and again. */
const isLabel = (label: string): boolean =>
  label !== '' && label.length <= MOST_LABEL && label.isWellFormed() && !/\p{Cc}/u.test(label)

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined

const wrong = (what: string): SuspectFailure =>
  new SuspectFailure(`the review provider answered something else: ${what}`)
