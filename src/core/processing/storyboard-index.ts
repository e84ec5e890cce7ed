import type { StoryboardPlan } from './still-plan.ts'

/**
 * The storyboard as players know it: a WebVTT cue per picture, whose text is the sheet's file beside it and the part of it
 * (`#xywh`, media fragments). The last cue lasts to the end of the film.
 */
export const storyboardIndex = (plan: StoryboardPlan, pictures: number): string => {
  const { spacingSeconds, columns, rows, picture, media } = plan
  const cues = Array.from({ length: pictures }, (_, n) => {
    const [sheet, place] = [Math.floor(n / (columns * rows)), n % (columns * rows)]
    const [x, y] = [(place % columns) * picture.width, Math.floor(place / columns) * picture.height]
    const start = n * spacingSeconds * 1000
    const end = n + 1 < pictures ? start + spacingSeconds * 1000 : Math.max(media.durationMs, start + 1)
    return `${timeOf(start)} --> ${timeOf(end)}\n${sheet}.jpg#xywh=${x},${y},${picture.width},${picture.height}\n`
  })
  return ['WEBVTT\n', ...cues].join('\n')
}

/** `hh:mm:ss.ttt` */
const timeOf = (milliseconds: number): string => {
  const whole = Math.round(milliseconds)
  const [hours, minutes, seconds] = [whole / 3_600_000, (whole / 60_000) % 60, (whole / 1000) % 60].map(Math.floor)
  const two = (value = 0) => String(value).padStart(2, '0')
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(whole % 1000).padStart(3, '0')}`
}
