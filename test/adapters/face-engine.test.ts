import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faceEngine } from '../../src/adapters/moderation/face-engine.ts'
import { scenesOfGallery } from '../../src/adapters/moderation/face-gallery.ts'
import type { PictureEngine } from '../../src/core/review/ports.ts'
import { suggestForPicture } from '../../src/core/review/verdicts.ts'
import type { AssetId, ProjectId } from '../../src/core/shared/ids.ts'
import { PermanentFailure } from '../../src/core/shared/task.ts'
import { thorough } from '../support/cases.ts'
import { groupPhoto, PEOPLE } from '../support/faces.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { bigBuckBunny } from '../support/media.ts'
import { pictureOf } from '../support/picture.ts'
import { PATIENT } from '../support/until.ts'

const asset = { id: 'a'.repeat(32) as AssetId, projectId: 'b'.repeat(32) as ProjectId }
const never = new AbortController().signal

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-faces-'))
})
afterAll(() => rm(folder, { recursive: true }))

const gallery = async (
  name: string,
  pictures: Readonly<Record<string, Uint8Array | string>>,
): Promise<PictureEngine> => {
  for (const [path, content] of Object.entries(pictures)) {
    const file = join(folder, name, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  const root = join(folder, name)
  return faceEngine({ folder: root, scenes: await scenesOfGallery(root), ffmpegPath: await ffmpegPath() })
}

const portrait = ({ photo, crop }: { readonly photo: string; readonly crop: string }, more = '') =>
  pictureOf(['-i', photo], `${crop}${more}`)

const lookAt = async (engine: PictureEngine, ...jpegs: readonly Uint8Array[]) => {
  await using look = await engine.open(never)
  const pictures = jpegs.map((jpeg, offset) => ({ offset, jpeg }))
  return await look.look(pictures, { asset, scenes: engine.scenes, signal: never })
}

/** As telephones write them: what they saw lies on its side, and a mark says so. */
const onItsSide = async (person: typeof PEOPLE.second): Promise<Uint8Array> => {
  const jpeg = await portrait(person, ',transpose=cclock')
  const orientation = '4d4d002a00000008' + '0001' + '0112000300000001' + '00060000' + '00000000'
  const exif = Buffer.concat([Buffer.from('Exif\0\0'), Buffer.from(orientation, 'hex')])
  const header = Buffer.from([0xff, 0xe1, 0, exif.length + 2])
  return Buffer.concat([jpeg.subarray(0, 2), header, exif, jpeg.subarray(2)])
}

test(
  'sees whose pictures are in the gallery, and nobody else, in JPEG and PNG; a picture without people shows nobody',
  PATIENT,
  async () => {
    const engine = await gallery('good', {
      'politics/Anna First/1.jpg': await portrait(PEOPLE.first, ',scale=300:-2,hue=s=0'),
      'politics/Anna First/.DS_Store': 'left behind',
      'politics/Somebody Else.jpeg': await portrait(PEOPLE.stranger),
      'terrorism/Second.jpg': await onItsSide(PEOPLE.second),
    })
    expect(engine.scenes).toEqual(['politics', 'terrorism'])
    const dark = 'scale=800:-2,hflip,eq=brightness=-0.1'
    const [group, other, rabbit] = await lookAt(
      engine,
      await pictureOf(['-i', groupPhoto(1)], dark),
      await pictureOf(['-i', groupPhoto(2)], dark),
      await pictureOf(['-ss', '10', '-i', bigBuckBunny()], 'scale=800:-2'),
    )
    const [sure] = group?.politics ?? []
    expect([group?.politics, group?.terrorism]).toMatchObject([[{ label: 'Anna First' }], [{ label: 'Second' }]])
    expect(sure?.confidence).toBeGreaterThan(0.6)
    expect(suggestForPicture(group ?? {}, { thresholds: { porn: 0, terrorism: 0, politics: 60 } })).toBe('block')
    const nobody = { politics: [], terrorism: [] }
    expect([other, rabbit]).toEqual([nobody, nobody])
    // What is put there counts from the next review on.
    const { photo, crop } = PEOPLE.guest
    await writeFile(
      join(folder, 'good/politics/Guest.png'),
      await pictureOf(['-i', photo], `${crop},format=rgb24`, 'png'),
    )
    const [again] = await lookAt(engine, await pictureOf(['-i', groupPhoto(2)], dark))
    expect(again).toMatchObject({ politics: [{ label: 'Guest' }], terrorism: [] })
  },
)

thorough('a file that does not show one face fails the review, and is named', PATIENT, async () => {
  const refusal = async (name: string, pictures: Readonly<Record<string, Uint8Array | string>>) => {
    const engine = await gallery(name, pictures)
    return engine.open(never).then(
      () => 'accepted',
      (error: unknown) => (error instanceof PermanentFailure ? error.message : String(error)),
    )
  }
  const three = await pictureOf(['-i', groupPhoto(1)], 'scale=800:-2')
  expect(await refusal('three', { 'politics/Team.jpg': three })).toBe(
    'the gallery of faces must show one face in politics/Team.jpg; there are 3',
  )
  expect(await refusal('text', { 'politics/notes.txt': 'no picture' })).toBe(
    'the gallery of faces has a file that is no picture: politics/notes.txt',
  )
  expect(await refusal('empty', { 'politics/.keep': '' })).toBe('the gallery of faces has no picture in politics')
})
