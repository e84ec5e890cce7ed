import { readdir, readFile, stat } from 'node:fs/promises'
import { join, parse, sep } from 'node:path'
import type { ReviewScene } from '../../core/catalog/review.ts'
import { PermanentFailure } from '../../core/shared/task.ts'

/** What faces can stand for. */
const SCENES = ['politics', 'terrorism'] as const satisfies readonly ReviewScene[]

/** A picture of the gallery. */
export interface GalleryPicture {
  readonly scene: ReviewScene
  /** Who is on it: the name of its folder, or its own without the extension. */
  readonly label: string
  /** In the gallery, for messages. */
  readonly name: string
  /** Another one, when the file has changed. */
  readonly version: string
  read(): Promise<Buffer>
}

/** Those of which there is a folder. Throws when the gallery cannot be read. */
export const scenesOfGallery = async (folder: string): Promise<readonly ReviewScene[]> => {
  const entries = await readdir(folder)
  return SCENES.filter((scene) => entries.includes(scene))
}

/**
 * `politics/Somebody.jpg`, or `politics/Somebody/1.jpg` and others of the same person. Throws `PermanentFailure` where there is no
 * picture, or one cannot be read: who is missing in it would be seen nowhere.
 */
export const listGallery = async (
  folder: string,
  scenes: readonly ReviewScene[],
): Promise<readonly GalleryPicture[]> => {
  const lists = await Promise.all(scenes.map((scene) => listScene(folder, scene)))
  return lists.flat()
}

const listScene = async (folder: string, scene: ReviewScene): Promise<readonly GalleryPicture[]> => {
  try {
    const entries = await readdir(join(folder, scene), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name))
    const shown = files.map((path) => path.slice(folder.length + 1)).filter((name) => !isHidden(name))
    if (shown.length === 0) throw new PermanentFailure(`the gallery of faces has no picture in ${scene}`)
    return await Promise.all(shown.toSorted().map((name) => pictureAt(folder, name, scene)))
  } catch (cause) {
    if (cause instanceof PermanentFailure) throw cause
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    throw new PermanentFailure(`the gallery of faces cannot be read in ${scene} (${code})`, { cause })
  }
}

/** What file managers and editors leave behind. */
const isHidden = (name: string): boolean => name.split(sep).some((part) => part.startsWith('.'))

const pictureAt = async (folder: string, name: string, scene: ReviewScene): Promise<GalleryPicture> => {
  const path = join(folder, name)
  const { size, mtimeMs } = await stat(path)
  const [, person = '', ...inside] = name.split(sep)
  const label = inside.length > 0 ? person : parse(person).name
  return { scene, label, name, version: `${name} ${size} ${mtimeMs}`, read: () => readFile(path) }
}
