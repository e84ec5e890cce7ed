/** The player: polls the state until the stream is there, then plays it with hls.js (or natively where the browser can). */
export const WATCH_SCRIPT = `
'use strict'
const id = location.pathname.split('/')[2]
const $ = (name) => document.getElementById(name)
const at = (path) => '/asset/' + id + '/' + path
const video = $('video')

const notice = (text, percent) => {
  $('notice').hidden = text === ''
  $('text').textContent = text
  $('progress').hidden = percent === undefined
  if (percent !== undefined) $('progress').value = percent
}

const poll = async () => {
  try {
    const answer = await fetch('/watch/' + id + '/state', { cache: 'no-store' })
    if (answer.status === 404) return notice('There is no such video, or it is not published.')
    if (answer.ok && show(await answer.json())) return
  } catch { notice('The server cannot be reached; trying again.') }
  setTimeout(poll, 1000)
}

const show = (state) => {
  document.title = state.title + ' - Telecine'
  $('title').textContent = state.title
  if (state.cover) video.poster = at(state.cover)
  if (state.original) { $('original').href = at(state.original); $('original').hidden = false }
  if (state.state === 'playable') return play(at(state.stream))
  if (state.state === 'failed') return notice('This video could not be prepared: ' + state.reason) || true
  if (state.state === 'original_only') { notice(''); video.src = at(state.original); return true }
  const percent = state.progress === undefined ? undefined : Math.round(state.progress * 100)
  notice(percent === undefined ? 'Waiting for a worker' : 'Preparing the stream: ' + percent + ' %', percent)
  return false
}

const play = (url) => {
  notice('')
  if (!window.Hls || !Hls.isSupported()) { video.src = url; return true }
  const hls = new Hls()
  window.telecinePlayer = hls
  hls.on(Hls.Events.MANIFEST_PARSED, () => levels(hls))
  hls.on(Hls.Events.LEVEL_SWITCHED, (_event, { level }) => { $('now').textContent = label(hls.levels[level]) })
  hls.on(Hls.Events.ERROR, (_event, error) => {
    if (!error.fatal) return
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError()
    else notice('Playing failed: ' + error.details)
  })
  hls.loadSource(url)
  hls.attachMedia(video)
  return true
}

const label = (level) =>
  level ? (level.height ? level.width + ' x ' + level.height + ', ' : 'audio, ') + Math.round(level.bitrate / 1000) + ' kbit/s' : ''

const levels = (hls) => {
  const select = $('quality')
  for (const [index, level] of hls.levels.entries()) {
    const option = document.createElement('option')
    option.value = String(index)
    option.textContent = label(level)
    select.append(option)
  }
  select.disabled = hls.levels.length < 2
  select.onchange = () => { hls.currentLevel = Number(select.value) }
}

poll()
`
