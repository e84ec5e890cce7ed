import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/**
 * When a packet first brings another header with it than the stream began with, in seconds from the first packet, as the
 * text of `framehash` tells it. Reads it to its end; a header that is only repeated is none.
 */
export const headerChange = async (listing: Readable, kind: 'picture' | 'sound'): Promise<number | undefined> => {
  let [tickSeconds, header] = [0, '']
  let origin: number | undefined
  let changesAt: number | undefined
  for await (const line of createInterface({ input: listing })) {
    const [, numerator, denominator] = /^#tb 0: (\d+)\/(\d+)/.exec(line) ?? []
    if (numerator && denominator) tickSeconds = Number(numerator) / Number(denominator)
    const [, bytes, hash] = /^#extradata 0, +(\d+), ([0-9a-f]+)/.exec(line) ?? []
    if (bytes && hash) header = `${bytes} ${hash}`
    const pts = Number(/^0, +-?\d+, +(-?\d+),/.exec(line)?.[1] ?? Number.NaN)
    if (Number.isNaN(pts)) continue
    origin ??= pts
    if (headersIn(line, MAY_BE_HEADER[kind]).some((one) => one !== header)) changesAt ??= (pts - origin) * tickSeconds
  }
  return changesAt
}

/** What else comes with packets of these containers: the number of a stream (MPEG-TS), what is to be skipped, a wall clock (fragmented MP4). */
const OTHERS = [1, 10, 16]

const MAY_BE_HEADER = {
  picture: (bytes: number) => bytes >= 20,
  sound: (bytes: number) => !OTHERS.includes(bytes),
} as const

const headersIn = (line: string, mayBeHeader: (bytes: number) => boolean): readonly string[] => {
  const [, sideData = ''] = /, S=\d+(.*)$/.exec(line) ?? []
  return [...sideData.matchAll(/, +(\d+), ([0-9a-f]+)/g)].flatMap(([, bytes, hash]) =>
    mayBeHeader(Number(bytes)) ? [`${bytes} ${hash}`] : [],
  )
}
