import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Group photographs that come with face-api (MIT, Vladimir Mandic), of different people; 1920 pixels wide. */
export const groupPhoto = (n: 1 | 2 | 3): string =>
  join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), `demo/sample${n}.jpg`)

/** Where people are on them, alone: width, height, left and top. */
export const PEOPLE = {
  first: { photo: groupPhoto(1), crop: 'crop=480:560:1330:60' },
  second: { photo: groupPhoto(1), crop: 'crop=400:480:300:240' },
  guest: { photo: groupPhoto(2), crop: 'crop=400:480:1340:40' },
  stranger: { photo: groupPhoto(3), crop: 'crop=380:480:1420:200' },
} as const
