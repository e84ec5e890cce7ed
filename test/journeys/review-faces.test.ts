import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { groupPhoto, PEOPLE } from '../support/faces.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { bigBuckBunny, derive } from '../support/media.ts'
import { pictureOf } from '../support/picture.ts'
import { PATIENT } from '../support/until.ts'
import { runTelecine } from './processes.ts'

const cleanup = new AsyncDisposableStack()
let installation: Installation
let gallery: string
beforeAll(async () => {
  gallery = await mkdtemp(join(tmpdir(), 'telecine-gallery-'))
  cleanup.defer(() => rm(gallery, { recursive: true }))
  const { photo, crop } = PEOPLE.first
  await mkdir(join(gallery, 'politics'))
  await writeFile(join(gallery, 'politics/Anna First.jpg'), await pictureOf(['-i', photo], crop))
  const settings = { TELECINE_REVIEW_FACES: gallery }
  installation = cleanup.use(await startInstallation({ worker: 'none', settings }))
})
afterAll(() => cleanup.disposeAsync())

const reviewOf = async (id: AssetId) => {
  const { review_status } = await installation.settled(id)
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  return { status: review_status, info: Object(body).review_info }
}

test('a film that shows somebody of the gallery is found by the built program, and says where', PATIENT, async () => {
  // Five seconds of a rabbit, then the people; 800 pixels wide, as compressed as any film.
  const inputs = ['-ss', '10', '-t', '5', '-i', bigBuckBunny(), '-loop', '1', '-t', '3', '-i', groupPhoto(1)]
  const same = 'fps=12,scale=800:450:force_original_aspect_ratio=increase,crop=800:450:0:0,setsar=1,format=yuv420p'
  const graph = `[0:v]${same}[a];[1:v]${same}[b];[a][b]concat=n=2`
  const encode = ['-an', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '12']
  await installation.put('people.mp4', { file: await derive([...inputs, '-filter_complex', graph, ...encode], 'mp4') })
  const thresholds = { porn: 0, politics: 60, terrorism: 60 }
  const made = await installation.tenant.native('POST', '/review-templates', { name: 'people', ...thresholds })
  await using _ = runTelecine(['worker'], installation.environment)
  const review = String(made['template_id'])
  const id = await installation.import('people.mp4', { templateGroup: '', review })
  const { status, info } = await reviewOf(id)
  expect(status).toBe('REVIEW_SUSPICIOUS')
  const anna = { label: 'Anna First', confidence: expect.stringMatching(/^(0\.[6-9]|1)/) }
  expect(info).toMatchObject({
    // Of terrorism there is no folder.
    ...{ suggestion: 'block', exec_desc: 'Review finished. Nothing here can look for: terrorism' },
    cover: [{ suggestion: 'review', politics: [] }],
    video: [
      { offset: 0, suggestion: 'review', politics: [], terrorism: [] },
      { offset: 5, suggestion: 'block', politics: [anna], terrorism: [] },
    ],
  })
  await writeFile(
    join(gallery, 'politics/Nobody.jpg'),
    await pictureOf(['-f', 'lavfi', '-i', 'color=navy:s=320x320'], 'null'),
  )
  await installation.tenant.call('POST', '/asset/review', { body: { asset_id: id, review: { template_id: review } } })
  expect(await installation.settled(id)).toMatchObject({
    review_status: 'REVIEW_FAILED',
    exec_desc: expect.stringContaining('failed: the gallery of faces must show one face in politics/Nobody.jpg'),
  })
})
