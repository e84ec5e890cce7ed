// Runs in the browser: one player on one page, which `players.ts` tells what to do. `Hls`, `shaka` and `dashjs` are the players' own names.

const video = document.querySelector('video')
/** What the player could not get over, and what it only got over by leaving something out. */
const errors = []
/** Since the last `play`: the frames that were shown, each with its own time and size. */
let frames = []

/** Each answers what the player offers, the best first, and how one of it is chosen; and subtitles likewise, in its own order. */
const PLAYERS = {
  'hls.js': (url) =>
    new Promise((resolve) => {
      const player = new Hls()
      player.on('hlsError', (_, { fatal, details, error }) => {
        if (fatal || details === 'bufferSeekOverHole' || details === 'fragDecryptError')
          errors.push(`${details}: ${error?.message}`)
      })
      player.on('hlsManifestParsed', () => {
        const levels = bestFirst(player.levels.map((level, n) => ({ ...sizeOf(level), bandwidth: level.bitrate, n })))
        const choose = (quality) => {
          player.currentLevel = levels[quality].n
        }
        resolve({ qualities: levels, choose, subtitles: subtitles() })
      })
      const subtitles = () => ({
        names: () => player.subtitleTracks.map(({ name }) => name),
        show: (n) => {
          player.subtitleTrack = n
          player.subtitleDisplay = true
        },
      })
      player.attachMedia(video)
      player.loadSource(url)
    }),

  Shaka: async (url) => {
    const player = new shaka.Player()
    player.addEventListener('error', ({ detail }) => errors.push(`${detail.code}: ${detail.message}`))
    player.configure({ abr: { enabled: false } })
    await player.attach(video)
    try {
      await player.load(url)
    } catch ({ code, message }) {
      errors.push(`${code}: ${message}`)
      return
    }
    video.addEventListener('ended', () => {
      const { gapsJumped } = player.getStats()
      if (gapsJumped > 0) errors.push(`${gapsJumped} gaps`)
    })
    const tracks = bestFirst(player.getVariantTracks())
    const subtitles = {
      names: () => player.getTextTracks().map(({ label }) => label),
      show: (n) => {
        player.selectTextTrack(player.getTextTracks()[n])
        player.setTextTrackVisibility?.(true)
      },
    }
    return { qualities: tracks, choose: (quality) => player.selectVariantTrack(tracks[quality], true), subtitles }
  },

  'dash.js': (url) =>
    new Promise((resolve) => {
      const player = dashjs.MediaPlayer().create()
      player.updateSettings({
        debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE },
        streaming: {
          abr: { autoSwitchBitrate: { audio: false, video: false } },
          // Our streams have none, and where a busy machine makes it wait at the beginning it jumps to the end, again and again.
          gaps: { jumpGaps: false },
        },
      })
      player.on('error', ({ error }) => errors.push(`${error.code}: ${error.message}`))
      player.on('playbackError', ({ error }) => errors.push(String(error)))
      player.on('streamInitialized', () => {
        const kind = player.getRepresentationsByType('video').length > 0 ? 'video' : 'audio'
        const tracks = bestFirst(player.getRepresentationsByType(kind))
        const choose = (quality) => player.setRepresentationForTypeById(kind, tracks[quality].id, true)
        const subtitles = {
          names: () => player.getTracksFor('text').map(({ labels }) => labels[0]?.text),
          show: (n) => {
            player.enableText(true)
            player.setTextTrack(n)
          },
        }
        resolve({ qualities: tracks, choose, subtitles })
      })
      player.initialize(video, url, false)
    }),
}

const bestFirst = (tracks) => tracks.toSorted((one, other) => other.bandwidth - one.bandwidth)

/** Players say nothing, `null` or 0 of sound alone. */
const sizeOf = ({ width, height }) => ({ width: width || 0, height: height || 0 })

const showing = () => [...video.textTracks].filter(({ mode }) => mode === 'showing')

const noteFrames = () =>
  video.requestVideoFrameCallback((_, { mediaTime, width, height }) => {
    frames.push({ time: mediaTime, width, height })
    noteFrames()
  })

const rangesOf = (ranges) => Array.from({ length: ranges.length }, (_, n) => [ranges.start(n), ranges.end(n)])

let player

window.page = {
  async open(name, url) {
    noteFrames()
    player = await PLAYERS[name](url)
  },
  choose: (quality) => player.choose(quality),
  showSubtitles: (n) => player.subtitles.show(n),
  play(time) {
    frames = []
    video.currentTime = time
    video.play().catch(({ message }) => errors.push(message))
  },
  state: () => ({
    ...{ qualities: player?.qualities.map(sizeOf), errors: [...errors], frames },
    subtitles: player?.subtitles.names() ?? [],
    cues: showing().flatMap(({ cues }) =>
      [...(cues ?? [])].map(({ startTime, endTime, text }) => [startTime, endTime, text]),
    ),
    // Not the event: where a busy machine stalls in the last moment, dash.js pauses and seeks to the end itself, which tells nobody.
    ...{ ended: video.ended, isThere: !video.seeking && video.readyState > 1, duration: video.duration },
    ...{ width: video.videoWidth, height: video.videoHeight, buffered: rangesOf(video.buffered) },
    decodedFrames: video.getVideoPlaybackQuality().totalVideoFrames,
    soundBytes: video.webkitAudioDecodedByteCount,
  }),
}
