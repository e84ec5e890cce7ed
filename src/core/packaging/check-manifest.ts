import type { CutTrack } from './check-track.ts'

/** What our own DASH manifest says of its tracks, by their folders, otherwise than they are, in plain sentences; empty when it is right. */
export const checkManifest = (text: string, tracks: ReadonlyMap<string, CutTrack>): readonly string[] => {
  const [head = '', ...representations] = text.split('<Representation ')
  const lasts = Number(/ mediaPresentationDuration="PT([\d.]+)S"/.exec(head)?.[1])
  const findings = representations.flatMap((representation) => {
    const id = /^(?:[^>]* )?id="([^"]*)"/.exec(representation)?.[1] ?? ''
    const track = tracks.get(id)
    return track ? checkTimeline(representation, track, lasts) : [`The manifest names ${id}, which is no track of it.`]
  })
  return representations.length === 0 ? ['The manifest has no tracks.'] : findings
}

const checkTimeline = (text: string, { name, timescale, segments }: CutTrack, lasts: number): readonly string[] => {
  const lines = [...text.matchAll(/<S(?: t="(\d+)")? d="(\d+)"(?: r="(\d+)")?\/>/g)].map(([, start, ticks, again]) => ({
    start: Number(start),
    ticks: Number(ticks),
    times: Number(again ?? 0) + 1,
  }))
  const [first, last] = [segments[0]?.startTicks ?? 0, segments.at(-1)]
  const end = (last?.startTicks ?? 0) + (last?.durationTicks ?? 0)
  const count = lines.reduce((sum, { times }) => sum + times, 0)
  const ticks = lines.reduce((sum, line) => sum + line.ticks * line.times, 0)
  return [
    ...(count === segments.length
      ? []
      : [`The manifest gives ${name} ${count} segments, but it has ${segments.length}.`]),
    ...(text.includes(` timescale="${timescale}"`)
      ? []
      : [`The manifest gives ${name} another timescale than it has.`]),
    ...(lines[0]?.start === first && first + ticks === end
      ? []
      : [`The manifest gives ${name} another beginning or end than it has.`]),
    ...(lasts >= end / timescale - ROUNDING_SECONDS ? [] : [`The manifest ends before ${name}.`]),
  ]
}

/** Of the last digit that manifests have. */
const ROUNDING_SECONDS = 0.000_001
