/** `npm run bench`: side-by-side measurements of one run on one machine. See docs/benchmarks.md. */
import { globSync, statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { ffmpegPath } from '../test/support/ffmpeg.ts'
import { requireNginx } from '../test/support/nginx.ts'
import { adaptiveRates } from './adaptive-rates.ts'
import { type Bench, ROOT } from './bench.ts'
import { compareJobs } from './compare-jobs.ts'
import { copyLargeObject } from './copy-object.ts'
import { createRate } from './create-rate.ts'
import { deepQueue } from './deep-queue.ts'
import { type Figure, isMet, renderTable, rounded } from './figure.ts'
import { firstFrame } from './first-frame.ts'
import { listFilters } from './list-filters.ts'
import { describeMachine, type Machine } from './machine.ts'
import { previewFrames } from './preview-frames.ts'
import { remuxJob } from './remux-job.ts'
import { reviewFilm } from './review-film.ts'
import { scaleOut } from './scale-out.ts'
import { deliverSource } from './source-delivery.ts'
import { startTimes } from './start-times.ts'
import { stillPictures } from './still-pictures.ts'
import { deliverStored } from './stored-delivery.ts'

const LINES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'] as const
type Line = (typeof LINES)[number]

const USAGE = `usage: npm run bench -- [--only a,b,...,p] [--rounds N] [--quick] [--json FILE]

  --only   lines to run: a whole job against one FFmpeg, b against the usual way, c creates, d copy, e start times,
           f pictures of a film, g bit rates by content, h a review, i first frames, j a queue of a million tasks,
           k the filters of a million assets, l two workers against one, m stored segments against nginx,
           n segments cut out of the source, o a job that encodes nothing,
           p first frames and seeks of what has to be encoded
  --rounds how often whatever is short is repeated; 3 when absent
  --quick  small and short, to see that everything works; nothing is judged
  --json   where the figures go besides the table; bench/results/{time}.json when absent`

const main = async (signal: AbortSignal): Promise<void> => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      quick: { type: 'boolean' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(USAGE)
  const [lines, quick] = [linesOf(values.only), values.quick === true]
  const rounds = quick ? 1 : Number(values.rounds)
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error(`--rounds takes a number from 1\n\n${USAGE}`)
  if (process.platform !== 'linux') throw new Error('the bench reads /proc: it runs on Linux only')
  requireFreshBuild()
  if (lines.has('m')) requireNginx()
  const ffmpeg = await ffmpegPath()
  const machine = await describeMachine(ffmpeg)
  const folder = await mkdtemp(join(tmpdir(), 'telecine-bench-'))
  try {
    // PostgreSQL runs as another user when we are root.
    await chmod(folder, 0o755)
    const say = (line: string) => console.error(`[${new Date().toISOString().slice(11, 19)}] ${line}`)
    const figures = await measure({ folder, ffmpeg, quick, rounds, signal, say }, lines)
    console.log(`${headOf(machine)}\n\n${renderTable(figures, { judged: !quick })}`)
    await writeResults(values.json ?? defaultResults(), { machine, quick, figures })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

const linesOf = (only: string | undefined): ReadonlySet<Line> => {
  if (only === undefined) return new Set(LINES)
  return new Set(
    only.split(',').map((name) => {
      const line = LINES.find((known) => known === name.trim())
      if (!line) throw new Error(`--only takes ${LINES.join(', ')}; got ${name}\n\n${USAGE}`)
      return line
    }),
  )
}

/** Figures of another version than the one that lies here would mislead. */
const requireFreshBuild = (): void => {
  const built = statSync(join(ROOT, 'dist/cli/main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const changed = globSync('src/**/*.ts', { cwd: ROOT, exclude: (path) => path.endsWith('.test.ts') }).find(
    (path) => statSync(join(ROOT, path)).mtimeMs > built,
  )
  if (changed !== undefined) throw new Error(`${changed} is newer than what was built; run: npm run build`)
}

/** The short ones first, so that a fault shows early. */
const measure = async (bench: Bench, lines: ReadonlySet<Line>): Promise<readonly Figure[]> => {
  const starts = lines.has('e') ? await startTimes(bench) : []
  const copy = lines.has('d') ? await copyLargeObject(bench) : []
  const stills = lines.has('f') ? await stillPictures(bench) : []
  const frames = lines.has('i') ? await firstFrame(bench) : []
  const reviews = lines.has('h') ? await reviewFilm(bench) : []
  const stored = lines.has('m') ? await deliverStored(bench) : []
  const cut = lines.has('n') ? await deliverSource(bench) : []
  const remuxed = lines.has('o') ? await remuxJob(bench) : []
  const queue = lines.has('j') ? await deepQueue(bench) : []
  const filters = lines.has('k') ? await listFilters(bench) : []
  const scaled = lines.has('l') ? await scaleOut(bench) : []
  const previews = lines.has('p') ? await previewFrames(bench) : []
  const adaptive = lines.has('g') ? await adaptiveRates(bench) : []
  const creates = lines.has('c') ? await createRate(bench) : []
  const wanted = { plain: lines.has('a'), usual: lines.has('b') }
  const jobs = wanted.plain || wanted.usual ? await compareJobs(bench, wanted) : []
  return [
    ...jobs,
    ...creates,
    ...copy,
    ...starts,
    ...stills,
    ...adaptive,
    ...reviews,
    ...frames,
    ...queue,
    ...filters,
    ...scaled,
    ...stored,
    ...cut,
    ...remuxed,
    ...previews,
  ].toSorted((one, other) => (one.id[0] ?? '').localeCompare(other.id[0] ?? ''))
}

const headOf = ({ processors, model, memoryGb, kernel, node, ffmpeg, postgres, load }: Machine): string =>
  [
    `${processors} processors (${model}), ${memoryGb} GB, ${kernel}, load ${load.toFixed(1)} at the start`,
    `Node ${node}, FFmpeg ${ffmpeg}, PostgreSQL ${postgres}`,
  ].join('\n')

interface Results {
  readonly machine: Machine
  readonly quick: boolean
  readonly figures: readonly Figure[]
}

const writeResults = async (path: string, { machine, quick, figures }: Results): Promise<void> => {
  const results = {
    ...{ at: new Date().toISOString(), quick, machine },
    figures: figures.map((figure) => ({
      ...figure,
      value: rounded(figure.value),
      parts: Object.fromEntries(Object.entries(figure.parts).map(([name, value]) => [name, rounded(value)])),
      ...(!quick && { met: isMet(figure) }),
    })),
  }
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(results, undefined, 2)}\n`)
}

const defaultResults = (): string =>
  join(import.meta.dirname, 'results', `${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`)

const ending = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => ending.abort(new Error(`${name}, stopping`)))
try {
  await main(ending.signal)
} catch (error) {
  console.error(error instanceof Error && ending.signal.aborted ? ending.signal.reason.message : error)
  process.exitCode = 1
}
