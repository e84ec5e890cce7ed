import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The extra package that reads text in pictures. */
export const OCR_FOLDER = join(import.meta.dirname, '../../extras/review-ocr')

const FONT = '/usr/share/fonts/truetype/wqy/wqy-microhei.ttc'

/** Why text in pictures cannot be tested; `undefined` when it can. */
export const missingOcr = (): string | undefined => {
  if (!existsSync(join(OCR_FOLDER, 'node_modules/@gutenye/ocr-node'))) return 'run npm ci in extras/review-ocr'
  return existsSync(FONT) ? undefined : `no font at ${FONT}: install fonts-wqy-microhei`
}

/** A filter of FFmpeg that writes a text into a picture, its letters a share of the picture's height. */
export const written = (text: string, { share, place }: { readonly share: number; readonly place: string }): string =>
  `drawtext=fontfile=${FONT}:text='${text}':fontsize=h*${share}:fontcolor=white:borderw=2:${place}`
