/** The seek bar with its preview, part of the watch page's script; needs `$`, `at`, `id` and `video` of it. */
export const STORYBOARD_SCRIPT = `
// It is made beside the stream or behind it; of a film of hours that takes minutes.
const awaitStoryboard = (state, pauseMs = 2500) => {
  if (state.storyboard) { loadStoryboard(at(state.storyboard)).catch(() => {}); return }
  if (!state.picture || pauseMs > 120000) return
  const next = pauseMs * 1.1
  setTimeout(async () => {
    try {
      const answer = await fetch('/watch/' + id + '/state', { cache: 'no-store' })
      if (answer.ok) awaitStoryboard(await answer.json(), next)
    } catch { awaitStoryboard(state, next) }
  }, pauseMs)
}

const CUE = /(\\d+):(\\d\\d):(\\d\\d\\.\\d+) --> .*\\n(\\S+)#xywh=(\\d+),(\\d+),(\\d+),(\\d+)/g

const loadStoryboard = async (url) => {
  const answer = await fetch(url)
  if (!answer.ok) return
  const cues = [...(await answer.text()).matchAll(CUE)].map(([, hours, minutes, seconds, file, ...box]) => ({
    start: hours * 3600 + minutes * 60 + Number(seconds), sheet: url.slice(0, url.lastIndexOf('/') + 1) + file, box }))
  if (cues.length > 0) offerSeeking(cues)
}

const offerSeeking = (cues) => {
  const bar = $('seek')
  // Where it can be done, the player's own bar makes room for the one with pictures.
  video.classList.add('bare')
  $('seeking').hidden = false

  const preview = (seconds, share) => {
    const { sheet, box: [x, y, width, height] } = cues.findLast(({ start }) => start <= seconds) || cues[0]
    const { style } = $('picture')
    style.backgroundImage = 'url("' + sheet + '")'
    style.backgroundPosition = -x + 'px ' + -y + 'px'
    style.width = width + 'px'
    style.height = height + 'px'
    const whole = Math.floor(seconds)
    $('moment').textContent = Math.floor(whole / 60) + ':' + String(whole % 60).padStart(2, '0')
    const room = bar.clientWidth - width
    $('preview').style.left = Math.max(0, Math.min(room, share * bar.clientWidth - width / 2)) + 'px'
    $('preview').hidden = false
  }

  const follow = () => {
    if (!Number.isFinite(video.duration)) return
    bar.max = video.duration
    if (!bar.matches(':active')) bar.value = video.currentTime
  }
  video.addEventListener('timeupdate', follow)
  video.addEventListener('durationchange', follow)
  follow()
  bar.oninput = () => {
    video.currentTime = Number(bar.value)
    preview(Number(bar.value), bar.value / bar.max)
  }
  bar.onpointermove = ({ clientX }) => {
    const { left, width } = bar.getBoundingClientRect()
    const share = Math.max(0, Math.min(1, (clientX - left) / width))
    if (Number.isFinite(video.duration)) preview(share * video.duration, share)
  }
  bar.onpointerleave = bar.onblur = () => { $('preview').hidden = true }
}
`
