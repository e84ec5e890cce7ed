import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { bigBuckBunny, derive } from '../support/media.ts'
import { mustTestAll } from '../support/object-store.ts'
import { missingOcr, OCR_FOLDER, written } from '../support/review-ocr.ts'
import { PATIENT } from '../support/until.ts'

const template = async ({ tenant }: Installation, name: string): Promise<string> =>
  String((await tenant.native('POST', '/review-templates', { name, porn: 0 }))['template_id'])

const infoOf = async ({ tenant }: Installation, id: AssetId) => {
  const { body } = await tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  return Object(body).review_info
}

const missing = missingOcr()
if (missing !== undefined) {
  test.skipIf(!mustTestAll())(`text in pictures is tested: ${missing}`, () => expect.fail(missing))
}

describe.skipIf(missing !== undefined)('text in pictures', () => {
  let installation: Installation
  beforeAll(async () => {
    installation = await startInstallation({ settings: { TELECINE_REVIEW_OCR: OCR_FOLDER } })
    const folder = join(installation.dataDir, 'review')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'politics.txt'), '!某某会\nfreedom party\n')
  })
  afterAll(() => installation[Symbol.asyncDispose]())

  test('is looked through for words, and the pictures that show them are named', PATIENT, async () => {
    const banner = written('Join the Freedom Party', { share: 0.06, place: "x=(w-tw)/2:y=h*0.1:enable='lt(t,5)'" })
    const subtitle = written('这是某某会的宣传影片', { share: 0.05, place: "x=(w-tw)/2:y=h*0.88:enable='gte(t,9)'" })
    const filter = `scale=800:450,${banner},${subtitle}`
    const encode = ['-an', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '24']
    const film = await derive(['-ss', '10', '-t', '12', '-i', bigBuckBunny(), '-vf', filter, ...encode], 'mp4')
    await installation.put('banner.mp4', { file: film })
    const review = await template(installation, 'words_only')
    const id = await installation.import('banner.mp4', { templateGroup: '', review })
    expect((await installation.settled(id)).review_status).toBe('REVIEW_SUSPICIOUS')
    const info = await infoOf(installation, id)
    expect(info).toMatchObject({
      ...{ suggestion: 'block', exec_desc: 'Review finished', cover: [{ suggestion: 'review' }] },
      text: { suggestion: 'block', politics: 'freedom party,某某会', porn: '', abuse: '' },
    })
    const sure = expect.stringMatching(/^(0\.[89]|1\.0)\d+$/)
    expect(info.video).toMatchObject([
      { offset: 0, suggestion: 'review', politics: [{ label: 'freedom party', confidence: sure }], terrorism: [] },
      { offset: 5, suggestion: 'pass', politics: [], porn: [] },
      { offset: 10, suggestion: 'block', politics: [{ label: '某某会', confidence: sure }] },
    ])
    const { cover, pictures } = await installation.tenant.native('GET', `/reviews/pictures?asset_id=${id}`)
    expect(cover).toMatchObject({ words: ['freedom party'] })
    expect(pictures).toMatchObject([
      { offset: 0, suggestion: 'review', words: ['freedom party'] },
      { offset: 10, suggestion: 'block', words: ['某某会'] },
    ])
  })

  thorough('counts on the cover of a sound, too, and abuse is told with all words', PATIENT, async () => {
    const picture = [
      '-f',
      'lavfi',
      '-i',
      `color=navy:s=1200x1200:d=1,${written('What the fuck', { share: 0.04, place: 'x=150:y=200' })}`,
    ]
    const sound = ['-f', 'lavfi', '-i', 'sine=d=3', '-map', '1:a', '-map', '0:v', '-c:a', 'libmp3lame']
    const attached = ['-frames:v', '1', '-c:v', 'mjpeg', '-disposition:v', 'attached_pic']
    await installation.put('rude.mp3', { file: await derive([...picture, ...sound, ...attached], 'mp3') })
    const review = await template(installation, 'sounds')
    const id = await installation.import('rude.mp3', { type: 'MP3', templateGroup: '', review })
    expect((await installation.settled(id)).review_status).toBe('REVIEW_SUSPICIOUS')
    expect(await infoOf(installation, id)).toMatchObject({
      ...{ suggestion: 'review', text: { suggestion: 'review', abuse: 'fuck' }, video: [] },
      cover: [{ suggestion: 'review', politics: [], porn: [] }],
    })
  })
})

thorough('what reads them and crashes fails the review with a reason, and the worker goes on', PATIENT, async () => {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'telecine-broken-ocr-'))
  cleanup.defer(() => rm(folder, { recursive: true }))
  const program =
    "process.on('message', () => process.kill(process.pid, 'SIGSEGV')); process.send({ id: 0, answer: 1 })"
  await writeFile(join(folder, 'read-text.js'), program)
  const installation = cleanup.use(await startInstallation({ settings: { TELECINE_REVIEW_OCR: folder } }))
  const still = ['-f', 'lavfi', '-i', 'color=navy:s=320x180:r=10:d=2', '-c:v', 'libx264']
  await installation.put('still.mp4', { file: await derive(still, 'mp4') })
  const review = await template(installation, 'broken')
  const id = await installation.import('still.mp4', { templateGroup: '', review })
  expect(await installation.settled(id)).toMatchObject({
    asset_status: 'PUBLISHED',
    review_status: 'REVIEW_FAILED',
    exec_desc: expect.stringContaining(
      'The review of still.mp4 failed: what reads text in pictures has ended unexpectedly (SIGSEGV)',
    ),
  })
})
