/** The subtitle menu, part of the watch page's script; needs `$` and `video` of it. */
export const SUBTITLE_SCRIPT = `
const offerSubtitles = (hls) => {
  const select = $('subtitle')
  hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, () => {
    const tracks = hls.subtitleTracks
    const options = tracks.map(({ name }, index) => new Option(name, String(index)))
    select.replaceChildren(new Option('Off', '-1'), ...options)
    select.value = String(hls.subtitleTrack)
    $('subtitles').hidden = tracks.length === 0
  })
  // The browser's own menu changes it, too.
  hls.on(Hls.Events.SUBTITLE_TRACK_SWITCH, (_event, { id }) => { select.value = String(id) })
  select.onchange = () => {
    hls.subtitleDisplay = true
    hls.subtitleTrack = Number(select.value)
  }
}
`
