/** The quality menu, part of the watch page's script; needs `$` and `video` of it. */
export const QUALITY_SCRIPT = `
// By the shorter side, so that an upright film has the same names.
const nameOf = (level) => Math.min(level.width, level.height) + 'p'
const label = (level) => (level.height ? nameOf(level) : 'audio') + ' \\u00b7 ' + Math.round(level.bitrate / 1000) + ' kbit/s'

const offerQualities = (hls) => {
  const select = $('quality')
  const auto = new Option('Auto', '-1')
  // Chosen by hand, and not on the screen yet.
  let awaited = -1
  // hls.js 1.7.4 stops for good when its first segment is given up while the initialization segment is still on its way:
  // that one's failure, which comes late, gives up the next segment too, and before a first one nothing loads it again.
  let hasBegun = false

  // The picture itself says which level it is of: hls.js already names the next one while the old one is still seen.
  const showShown = () => {
    // Lower ones have a pixel aspect next to 1, so a browser shows them a pixel or two wider or higher than their playlist says.
    const offBy = (level) => Math.abs(level.width - video.videoWidth) + Math.abs(level.height - video.videoHeight)
    const fits = (level) => level && offBy(level) <= (video.videoWidth + video.videoHeight) / 100
    const current = hls.levels[hls.currentLevel]
    const shown = fits(current) ? current : [...hls.levels].sort((a, b) => offBy(a) - offBy(b)).find(fits)
    $('now').textContent = shown ? 'Showing ' + label(shown) : ''
    auto.textContent = shown && hls.autoLevelEnabled ? 'Auto (' + nameOf(shown) + ')' : 'Auto'
  }

  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const bestFirst = [...hls.levels.entries()].sort(([, a], [, b]) => b.height - a.height || b.bitrate - a.bitrate)
    select.replaceChildren(auto, ...bestFirst.map(([index, level]) => new Option(label(level), String(index))))
    $('menu').hidden = hls.levels.length < 2
  })
  hls.on(Hls.Events.LEVEL_SWITCHED, showShown)
  video.addEventListener('resize', showShown)

  // Setting nextLevel keeps the old picture for one or two segments; currentLevel loads this segment anew, but a browser
  // goes on with the old one up to the next keyframe unless it is told to seek, be it to where it is.
  select.onchange = () => {
    awaited = Number(select.value)
    if (hasBegun) switchLevel()
    showShown()
  }
  const switchLevel = () => {
    if (awaited === -1) hls.nextLevel = -1
    else hls.currentLevel = awaited
  }
  hls.on(Hls.Events.FRAG_BUFFERED, (_event, { frag }) => {
    if (frag.type !== 'main') return
    if (!hasBegun && awaited !== -1) switchLevel()
    hasBegun = true
    const here = frag.start <= video.currentTime && video.currentTime <= frag.end
    if (frag.level !== awaited || !here) return
    awaited = -1
    video.currentTime = video.currentTime
  })
}
`
