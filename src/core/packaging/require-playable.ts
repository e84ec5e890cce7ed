import type { Movie } from './movie-track.ts'
import { TrackDefect } from './track-defect.ts'

/** H.264 baseline, main and high: 4:2:0 in 8 bits. What else it has, most browsers decode none of. */
const PICTURE = /^avc[13]\.(?:42|4d|64)/
/** AAC (LC, HE, HE v2) and MP3. */
const SOUND = /^mp4a\.(?:40\.(?:2|5|29)|6B|69)$/

/** Throws `TrackDefect` for a film that not every player can decode as it is. */
export const requirePlayable = ({ video, audio }: Movie): void => {
  if (!video && !audio) throw new TrackDefect('empty', 'The file has neither a picture nor sound.')
  if (video && !PICTURE.test(video.header.codec)) throw unplayable('picture', video.header.codec)
  if (audio && !SOUND.test(audio.header.codec)) throw unplayable('sound', audio.header.codec)
}

const unplayable = (what: string, codec: string) =>
  new TrackDefect('unsupported', `Not every player can decode the ${what} as it is (${codec}).`)
