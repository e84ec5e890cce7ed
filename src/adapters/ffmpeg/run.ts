import { type ChildProcess, spawn } from 'node:child_process'
import { Readable, type Writable } from 'node:stream'
import { NICE, renice } from '../nice.ts'
import { FFMPEG_ENVIRONMENT } from './environment.ts'
import type { Exit, Stop } from './explain-exit.ts'
import { processorTicks } from './processor-ticks.ts'
import { type Progress, progressReader } from './progress.ts'

export interface RunLimits {
  /** The whole run. */
  readonly wallMs: number
  /** No new frame and no new output time for so long. */
  readonly noProgressMs: number
  /** Not even processor time used for so long: it hangs. Without effect where there is no /proc. */
  readonly idleMs: number
  /** Address space, which is a good deal more than what is used. Without effect where `ulimit -v` does not work. */
  readonly memoryBytes: number
}

export interface RunOptions {
  readonly ffmpegPath: string
  readonly args: readonly string[]
  readonly limits: RunLimits
  readonly signal: AbortSignal
  /** A viewer waits for it: it gives way to nothing, until `giveWay`. */
  readonly isUrgent?: true
  /** Pipes that FFmpeg writes to: `pipe:3` is the first. */
  readonly outputs?: number
  /** Given to FFmpeg as `pipe:0`: bytes, or what another FFmpeg writes. */
  readonly input?: readonly Uint8Array[] | Readable
  /** Of its stderr, the end. */
  readonly stderrBytes?: number
  readonly onProgress?: (progress: Progress) => void
  /** True while somebody else is waited for (the store, a slow reader): that is no lack of progress. */
  readonly isWaiting?: () => boolean
}

const STDERR_BYTES = 8192
const KILL_AFTER_MS = 2000
/** The first pipe behind stdin, stdout and stderr. */
export const FIRST_OUTPUT = 3

/**
 * The limits are set by a shell that then becomes FFmpeg: it works alike wherever there is a POSIX `sh`, and no thread can
 * start before they hold. The kernel ends FFmpeg, not us, when the machine runs out of memory, and where util-linux is, also when
 * we die: one that hangs would not notice that its pipes are closed. (Of BusyBox, `setpriv` does not know the option.) It counts
 * the death of the thread that started it, so that runs are started by the main thread only. Linux may weigh sessions instead of
 * processes (autogroup), and each run is a session of its own: then `nice` alone says nothing.
 */
const LIMITED = [
  'umask 077; ulimit -c 0; { echo 500 >/proc/self/oom_score_adj; } 2>/dev/null || :',
  'bound="setpriv --pdeathsig KILL"; $bound true 2>/dev/null || bound=',
  '{ echo "$2" >/proc/self/autogroup; } 2>/dev/null || :',
  'ulimit -v "$1" 2>/dev/null || :; shift; exec $bound nice -n "$@"',
].join('; ')

/**
 * One FFmpeg in a process group of its own. It ends with the signal, with a limit, or when this process dies: all that it
 * reads and writes are our pipes and our loopback server.
 */
export class FfmpegRun {
  /** One per output; each must be read. */
  readonly outputs: readonly Readable[]
  /** Never rejects, except when the program could not be started at all. */
  readonly ended: Promise<Exit>
  progress: Progress = { frames: 0, outTimeMs: undefined, ended: false }
  readonly #child: ChildProcess
  readonly #options: RunOptions
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #stderr: Tail
  #stop: Stop | undefined
  #hasGivenWay = false
  #lastProgress = performance.now()
  #ticks: number | undefined
  #idleMs = 0

  constructor(options: RunOptions) {
    options.signal.throwIfAborted()
    this.#options = options
    this.#stderr = new Tail(options.stderrBytes ?? STDERR_BYTES)
    const outputs = Array.from({ length: options.outputs ?? 0 }, () => 'pipe' as const)
    this.#child = spawn('/bin/sh', ['-c', LIMITED, 'sh', ...commandLine(options)], {
      detached: true,
      cwd: '/',
      env: FFMPEG_ENVIRONMENT,
      stdio: [options.input ? 'pipe' : 'ignore', 'pipe', 'pipe', ...outputs],
    })
    this.outputs = this.#child.stdio.slice(FIRST_OUTPUT).filter((pipe) => pipe instanceof Readable)
    this.ended = this.#watch()
    if (this.#child.stdin) feed(this.#child.stdin, options.input ?? [])
  }

  /** SIGTERM, and SIGKILL to the whole group two seconds later; the first reason counts. */
  stop(reason: Stop): void {
    if (this.#stop) return
    this.#stop = reason
    this.#kill('SIGTERM')
    this.#timers.add(setTimeout(() => this.#kill('SIGKILL'), KILL_AFTER_MS))
  }

  /** From now on others for which somebody waits come first. */
  giveWay(): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null || this.#hasGivenWay) return
    this.#hasGivenWay = true
    renice(pid, NICE.ahead)
  }

  #watch(): Promise<Exit> {
    const { limits, signal } = this.#options
    const onAbort = (): void => this.stop({ type: 'cancelled' })
    signal.addEventListener('abort', onAbort, { once: true })
    const wall = { type: 'wall_limit', seconds: Math.round(limits.wallMs / 1000) } as const
    this.#timers.add(setTimeout(() => this.stop(wall), limits.wallMs))
    const lookMs = Math.min(1000, limits.noProgressMs / 4, limits.idleMs / 4)
    this.#timers.add(setInterval(() => this.#look(lookMs), lookMs))
    this.#child.stderr?.on('data', (bytes: Buffer) => this.#stderr.add(bytes))
    const read = progressReader((progress) => this.#advance(progress))
    this.#child.stdout?.setEncoding('utf8').on('data', read)
    const over = (): void => {
      for (const timer of this.#timers) clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    return new Promise<Exit>((resolve, reject) => {
      this.#child.on('error', (error) => {
        // A child that could not be started never exits. One that could not be signalled does, and keeps its limits until then.
        if (this.#child.pid === undefined) over()
        reject(error)
      })
      // Not `close`: an output that nobody reads any more would hold that back.
      this.#child.on('exit', (code, exitSignal) => {
        over()
        void this.#drained().then(() =>
          resolve({ code, signal: exitSignal, stderr: this.#stderr.text(), stop: this.#stop }),
        )
      })
    })
  }

  /** stdout and stderr are always read, so they end soon after the process. */
  async #drained(): Promise<void> {
    const streams = [this.#child.stdout, this.#child.stderr].filter((stream) => stream !== null)
    await Promise.all(
      streams.map((stream) => (stream.closed ? undefined : new Promise<void>((done) => stream.once('close', done)))),
    )
  }

  #advance(progress: Progress): void {
    const moved = progress.frames > this.progress.frames || (progress.outTimeMs ?? 0) > (this.progress.outTimeMs ?? 0)
    if (moved || progress.ended) this.#lastProgress = performance.now()
    this.progress = progress
    this.#options.onProgress?.(progress)
  }

  #look(everyMs: number): void {
    const { limits, isWaiting } = this.#options
    const isHeldUp = isWaiting?.() === true || this.outputs.some((pipe) => pipe.readableLength > 0)
    if (isHeldUp) this.#lastProgress = performance.now()
    // Looks are counted, not time: while we were frozen ourselves, it waited for us.
    this.#idleMs = isHeldUp || !this.#isIdle() ? 0 : this.#idleMs + everyMs
    if (this.#idleMs >= limits.idleMs) this.#standsStill(limits.idleMs)
    else if (performance.now() - this.#lastProgress >= limits.noProgressMs) this.#standsStill(limits.noProgressMs)
  }

  /** Has used no processor time since the last look. */
  #isIdle(): boolean {
    const before = this.#ticks
    this.#ticks = this.#child.pid === undefined ? undefined : processorTicks(this.#child.pid)
    return this.#ticks !== undefined && this.#ticks === before
  }

  #standsStill(ms: number): void {
    this.stop({ type: 'no_progress', seconds: Math.round(ms / 1000) })
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    try {
      process.kill(-pid, signal)
    } catch {
      // It ended by itself a moment ago.
    }
  }
}

/** Runs it to its end; for runs without outputs, or with one that is small. */
export const runFfmpeg = async (
  options: RunOptions & { readonly maxOutputBytes?: number },
): Promise<Exit & { readonly progress: Progress; readonly output: Buffer }> => {
  const run = new FfmpegRun(options)
  const [output] = await Promise.all([collect(run, options.maxOutputBytes ?? 0), run.ended])
  const exit = await run.ended
  options.signal.throwIfAborted()
  return { ...exit, progress: run.progress, output }
}

const collect = async (run: FfmpegRun, maxBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let size = 0
  for (const pipe of run.outputs) {
    for await (const chunk of pipe) {
      if (size + chunk.length > maxBytes) run.stop({ type: 'output_limit', bytes: maxBytes })
      else chunks.push(chunk)
      size += chunk.length
    }
  }
  return Buffer.concat(chunks)
}

const commandLine = ({ ffmpegPath, args, limits, input, isUrgent }: RunOptions): readonly string[] => [
  String(Math.ceil(limits.memoryBytes / 1024)),
  String(isUrgent ? NICE.urgent : NICE.ordinary),
  ffmpegPath,
  ...['-hide_banner', '-nostats', '-progress', 'pipe:1', '-stats_period', '0.5'],
  ...(input ? [] : ['-nostdin']),
  ...args,
]

/** A program that ends before it read everything is no error of ours: its exit says why. */
const feed = (stdin: Writable, input: readonly Uint8Array[] | Readable): void => {
  stdin.on('error', () => undefined)
  const source = input instanceof Readable ? input : Readable.from(input, { objectMode: false })
  source.pipe(stdin)
}

/** The last bytes of a stream of any length. */
class Tail {
  readonly #limit: number
  #chunks: Buffer[] = []
  #size = 0
  #isCut = false

  constructor(limit: number) {
    this.#limit = limit
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size < 2 * this.#limit) return
    this.#chunks = [Buffer.concat(this.#chunks).subarray(-this.#limit)]
    this.#size = this.#limit
    this.#isCut = true
  }

  /** Whole lines, unless a single one is longer. */
  text(): string {
    const isCut = this.#isCut || this.#size > this.#limit
    const end = Buffer.concat(this.#chunks).subarray(-this.#limit).toString('utf8')
    return isCut ? end.slice(end.indexOf('\n') + 1) : end
  }
}
