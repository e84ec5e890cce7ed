import { PlaylistDefect } from './playlist-defect.ts'
import { attributesOf, type PlaylistLine, type PlaylistPiece, pathOf, rangeOf } from './playlist-lines.ts'

/** A playlist of segments, from beginning to end. */
export interface ParsedMedia {
  readonly type: 'media'
  /** At least one. */
  readonly segments: readonly ParsedSegment[]
  /** Sum of all. */
  readonly seconds: number
  readonly targetSeconds: number
  /** Somewhere between two segments times begin anew, or the encoding changes. */
  readonly hasBreaks: boolean
}

export interface ParsedSegment extends PlaylistPiece {
  readonly seconds: number
  /** Stands before it: the header of fragmented MP4. */
  readonly map?: PlaylistPiece
}

interface PlaylistBounds {
  readonly segments: number
  readonly segmentSeconds: number
}

/** 11 hours of 2 seconds each. */
const OF_STRANGERS: PlaylistBounds = { segments: 20_000, segmentSeconds: 3600 }

export const parseMedia = (
  lines: readonly PlaylistLine[],
  folder: string,
  bounds: PlaylistBounds = OF_STRANGERS,
): ParsedMedia => {
  const reading = new SegmentReading(folder, bounds)
  for (const line of lines) {
    if (line.type === 'uri') reading.segment(line.uri)
    else reading.tag(line.name, line.value)
  }
  return reading.end()
}

/** What the tags so far say of the next segment. A class because all of it changes with every line. */
class SegmentReading {
  readonly #folder: string
  readonly #most: PlaylistBounds
  readonly #segments: ParsedSegment[] = []
  #seconds: number | undefined
  #range: string | undefined
  #map: PlaylistPiece | undefined
  #target: number | undefined
  #ended = false
  #isBreak = false
  #hasBreaks = false

  constructor(folder: string, most: PlaylistBounds) {
    this.#folder = folder
    this.#most = most
  }

  tag(name: string, value: string): void {
    switch (name) {
      case 'EXTINF':
        this.#seconds = secondsOf(value, this.#most.segmentSeconds)
        break
      case 'EXT-X-BYTERANGE':
        this.#range = value
        break
      case 'EXT-X-MAP':
        this.#map = mapOf(value, this.#folder)
        break
      case 'EXT-X-KEY':
        if (attributesOf(name, value).get('METHOD') !== 'NONE') throw new PlaylistDefect('it is encrypted (#EXT-X-KEY)')
        break
      case 'EXT-X-DISCONTINUITY':
        this.#isBreak = true
        break
      case 'EXT-X-TARGETDURATION':
        this.#target = /^\d{1,6}$/.test(value) ? Number(value) : undefined
        break
      case 'EXT-X-ENDLIST':
        this.#ended = true
        break
      default:
    }
  }

  segment(uri: string): void {
    if (this.#seconds === undefined) throw new PlaylistDefect('it names a segment without #EXTINF')
    if (this.#segments.length === this.#most.segments) {
      throw new PlaylistDefect(`it has more than ${this.#most.segments} segments`)
    }
    const path = pathOf(uri, this.#folder)
    const last = this.#segments.at(-1)
    if (last && this.#isBreak) this.#hasBreaks = true
    const follows = last?.path === path && last.range ? last.range.end + 1 : undefined
    this.#segments.push({
      path,
      seconds: this.#seconds,
      ...(this.#range !== undefined && { range: rangeOf(this.#range, follows) }),
      ...(this.#map && { map: this.#map }),
    })
    this.#seconds = undefined
    this.#range = undefined
    this.#isBreak = false
  }

  end(): ParsedMedia {
    if (!this.#ended) throw new PlaylistDefect('it is live: it has no #EXT-X-ENDLIST')
    if (this.#target === undefined) throw new PlaylistDefect('it has no #EXT-X-TARGETDURATION')
    const seconds = this.#segments.reduce((sum, segment) => sum + segment.seconds, 0)
    if (seconds === 0) throw new PlaylistDefect('it has no segments')
    const [segments, hasBreaks] = [this.#segments, this.#hasBreaks]
    return { type: 'media', segments, seconds, targetSeconds: this.#target, hasBreaks }
  }
}

const secondsOf = (value: string, most: number): number => {
  const seconds = Number(/^(\d{1,7}(?:\.\d{0,15})?)\s*(?:,.*)?$/.exec(value)?.[1] ?? Number.NaN)
  if (!(seconds <= most)) throw new PlaylistDefect(`the duration ${value.slice(0, 40)} cannot be read`)
  return seconds
}

const mapOf = (value: string, folder: string): PlaylistPiece => {
  const attributes = attributesOf('EXT-X-MAP', value)
  const uri = attributes.get('URI')
  if (uri === undefined) throw new PlaylistDefect('an #EXT-X-MAP has no URI')
  const range = attributes.get('BYTERANGE')
  return { path: pathOf(uri, folder), ...(range !== undefined && { range: rangeOf(range, 0) }) }
}
