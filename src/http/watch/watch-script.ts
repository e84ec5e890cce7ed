import { QUALITY_SCRIPT } from './quality-script.ts'
import { STORYBOARD_SCRIPT } from './storyboard-script.ts'
import { SUBTITLE_SCRIPT } from './subtitle-script.ts'

/** The player: polls the state until the stream is there, then plays it with hls.js (or natively where the browser can). */
export const WATCH_SCRIPT = `
'use strict'
const id = location.pathname.split('/')[2]
// Carried on to the stream, and from there to its keys. A plus in it is one.
const token = new URLSearchParams(location.search.replaceAll('+', '%2B')).get('token')
const $ = (name) => document.getElementById(name)
const at = (path) => '/asset/' + id + '/' + path
const video = $('video')
let known = false
// What plays is the source itself, and renditions are on their way.
let provisional = false

const notice = (text, percent) => {
  $('notice').hidden = text === ''
  video.controls = text === ''
  $('text').textContent = text
  $('progress').hidden = percent === undefined
  if (percent !== undefined) $('progress').value = percent
}

// About what is on its way: beside a film that plays already, else in its place.
const report = (text, percent) => {
  if (provisional) $('work').textContent = text
  else notice(text, percent)
}

const poll = async () => {
  let pauseMs = 2500
  try {
    const answer = await fetch('/watch/' + id + '/state', { cache: 'no-store' })
    if (answer.status === 404) absent()
    else if (!answer.ok) report('The server is busy; trying again.')
    else {
      const state = await answer.json()
      if (show(state)) return awaitStoryboard(state)
      if (state.state === 'preparing') pauseMs = 1000
    }
  } catch { report('The server cannot be reached; trying again.') }
  setTimeout(poll, pauseMs)
}

// The server does not tell why: whoever may not watch must not learn what exists.
const absent = () => {
  provisional = false
  video.pause()
  document.title = $('title').textContent = 'Telecine'
  video.removeAttribute('poster')
  $('original').hidden = true
  notice(known ? 'This video is no longer here: it could not be prepared, or it was unpublished.'
    : 'This video is not published yet, or it does not exist. It will play here once it is published.')
}

// Answers whether there is nothing left to wait for.
const show = (state) => {
  known = true
  document.title = state.title + ' - Telecine'
  $('title').textContent = state.title
  if (state.cover) video.poster = at(state.cover)
  if (state.original) { $('original').href = at(state.original); $('original').hidden = false }
  if (state.state === 'playable' && state.encrypted && !token) {
    notice('This video is encrypted. It plays with a token: /watch/' + id + '?token=...')
    return true
  }
  $('work').textContent = !state.provisional ? '' : standing('Preparing more qualities', state.progress)
  if (state.state === 'playable') {
    if (!state.provisional || !provisional) play(at(state.stream) + (state.encrypted ? '?token=' + encodeURIComponent(token) : ''))
    provisional = state.provisional === true
    return !provisional
  }
  if (state.state === 'original_only') { if (!provisional) playOriginal(state); return true }
  if (state.state === 'failed') { notice('This video could not be prepared for playing.'); return false }
  report(standing('Preparing the stream', state.progress), state.progress && state.progress.percent)
  return false
}

const WAITING = { transfer: 'taking over the source', queue: 'waiting for a worker', delayed: 'delayed, it goes on by itself' }

const standing = (doing, progress) => {
  if (!progress) return doing
  const { percent, seconds, waitingFor } = progress
  const parts = [WAITING[waitingFor], percent + ' %', seconds > 0 && 'about ' + inWords(seconds) + ' left']
  return doing + ': ' + parts.filter(Boolean).join(', ')
}

const inWords = (seconds) => {
  if (seconds < 60) return seconds + ' s'
  if (seconds < 3600) return seconds / 60 + ' min'
  return Math.floor(seconds / 3600) + ' h' + (seconds % 3600 ? ' ' + (seconds % 3600) / 60 + ' min' : '')
}

const playOriginal = (state) => {
  if (!state.original) return notice('Nothing of this video is left to play.')
  const refuse = () => {
    notice('Your browser cannot play this file as it is.' +
      (state.picture ? ' It plays after a transcode (template_group_name: system_template_group).' : ''))
    $('download').href = at(state.original)
    $('download').hidden = false
    $('original').hidden = true
  }
  notice('')
  video.onerror = refuse
  // Of a picture that it cannot decode, a browser says nothing as long as it can play the sound.
  video.onloadedmetadata = () => { if (state.picture && video.videoWidth === 0) { video.pause(); refuse() } }
  video.src = at(state.original)
}

const playNatively = (url, { startPosition, isRunning }) => {
  if (startPosition > 0) video.addEventListener('loadedmetadata', () => { video.currentTime = startPosition }, { once: true })
  video.src = url
  if (isRunning) video.play().catch(() => {})
}

const play = (url) => {
  notice('')
  // Where the source was, its renditions go on.
  const startPosition = provisional ? video.currentTime : -1
  const isRunning = provisional && !video.paused && !video.ended
  if (window.telecinePlayer) telecinePlayer.destroy()
  if (!window.Hls || !Hls.isSupported()) return playNatively(url, { startPosition, isRunning })
  const hls = new Hls({ startPosition })
  if (isRunning) hls.on(Hls.Events.MEDIA_ATTACHED, () => { video.play().catch(() => {}) })
  window.telecinePlayer = hls
  offerQualities(hls)
  offerSubtitles(hls)
  let recoveries = 0
  hls.on(Hls.Events.ERROR, (_event, error) => {
    if (!error.fatal) return
    // Not more often: each loads a broken segment anew, and fails on it again.
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && recoveries++ < 2) hls.recoverMediaError()
    // The preview is not there yet, or its next part takes longer than usual.
    else if (provisional && error.type === Hls.ErrorTypes.NETWORK_ERROR) setTimeout(() => { if (provisional && window.telecinePlayer === hls) play(url) }, 3000)
    else if (error.details.startsWith('keyLoad')) notice('The key of this video was refused: the token has expired, or is not for this viewer.')
    else notice('Playing failed: ' + error.details)
  })
  hls.loadSource(url)
  hls.attachMedia(video)
}
${QUALITY_SCRIPT}
${SUBTITLE_SCRIPT}
${STORYBOARD_SCRIPT}
poll()
`
