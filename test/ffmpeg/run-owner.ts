import { FfmpegRun } from '../../src/adapters/ffmpeg/run.ts'

/** A process that encodes for ever, and says so when FFmpeg has begun. */
const [ffmpegPath = ''] = process.argv.slice(2)
const limits = { wallMs: 60_000, noProgressMs: 60_000, idleMs: 60_000, memoryBytes: 2 ** 32 }
const args = ['-re', '-f', 'lavfi', '-i', 'testsrc', '-f', 'null', '-']
const { signal } = new AbortController()
const run = new FfmpegRun({ ffmpegPath, args, limits, signal, onProgress: () => console.log('it runs') })
await run.ended
