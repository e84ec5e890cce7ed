import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { MediaToolOptions } from '../../src/adapters/ffmpeg/media-tool.ts'
import { planEncode } from '../../src/core/processing/ladder.ts'
import type { EncodeOptions } from '../../src/core/processing/ports.ts'
import { SYSTEM_SETTINGS } from '../../src/core/templates/system-groups.ts'
import { someOf, thorough } from '../support/cases.ts'
import { clip } from '../support/media.ts'
import { descendants, isAlive, until } from './processes.ts'
import { discard, never, Workbench } from './workbench.ts'

interface Run extends Partial<EncodeOptions> {
  readonly file?: string
  readonly tool?: Partial<MediaToolOptions>
  readonly onBench?: (bench: Workbench, key: string) => void
}

/** Encodes until something ends it; answers what was thrown. */
const failureOf = async ({ file, tool, onBench, ...options }: Run): Promise<unknown> => {
  await using bench = await Workbench.open(tool)
  const source = await bench.put(file ?? (await raw()))
  const plan = planEncode(await bench.tool.probe(source, never), { ...SYSTEM_SETTINGS, segmentSeconds: 1 })
  onBench?.(bench, source.key)
  const ended = bench.tool.encode(source, plan, {
    signal: never,
    onProgress: () => undefined,
    consume: discard,
    ...options,
  })
  return await ended.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const RAW = ['-vf', 'scale=320:180', '-c:v', 'rawvideo', '-pix_fmt', 'yuv420p']

/** 40 MB that decode to next to nothing: much is still unread when the first output arrives. */
const raw = (): Promise<string> => clip({ seconds: 20, args: [...RAW, '-an'], extension: 'mkv' })

/** Its sound is encoded by an FFmpeg of its own. */
const rawWithSound = (): Promise<string> =>
  clip({ seconds: 20, args: [...RAW, '-c:a', 'pcm_s16le', '-ac', '2'], extension: 'mkv' })

const ffmpegs = (): Promise<readonly number[]> => descendants(process.pid, 'ffmpeg')

/** Does something once, when the first bytes of the first rung arrive, and then reads on. */
const onFirstBytes =
  (act: () => Promise<void> | void): EncodeOptions['consume'] =>
  async (_, bytes) => {
    let first = true
    for await (const _chunk of bytes) {
      if (first) await act()
      first = false
    }
  }

test('an abort ends FFmpeg and rejects with its reason', async () => {
  const controller = new AbortController()
  const reason = new Error('the claim was lost')
  const consume = onFirstBytes(() => controller.abort(reason))
  expect(await failureOf({ signal: controller.signal, consume })).toBe(reason)
  expect(await ffmpegs()).toEqual([])
})

test('an FFmpeg that stands still is ended, although it lives', async () => {
  const consume = onFirstBytes(async () => {
    for (const pid of await ffmpegs()) process.kill(pid, 'SIGSTOP')
  })
  const failure = await failureOf({ consume, tool: { limits: { noProgressMs: 1500 } } })
  expect(failure).toMatchObject({ reason: 'FFmpeg made no progress for 2 seconds', permanent: false })
  expect(await ffmpegs()).toEqual([])
})

test('a slow reader is no lack of progress', async () => {
  const started = performance.now()
  const consume = onFirstBytes(() => until(() => performance.now() - started > 2500))
  expect(await failureOf({ consume, tool: { limits: { noProgressMs: 800 } } })).toBeUndefined()
})

test('an encode that takes too long is ended', async () => {
  const consume = onFirstBytes(() => until(async () => (await ffmpegs()).length === 0))
  const limits = { encodeMinimumMs: 1000, encodeWallFactor: 0 }
  expect(await failureOf({ consume, tool: { limits } })).toMatchObject({
    reason: 'it took longer than 1 seconds',
    permanent: false,
  })
})

test('an FFmpeg killed from outside may be tried again', async () => {
  const consume = onFirstBytes(async () => {
    for (const pid of await ffmpegs()) process.kill(pid, 'SIGKILL')
  })
  expect(await failureOf({ consume })).toMatchObject({ reason: 'FFmpeg was killed from outside', permanent: false })
})

test('a reader that fails ends FFmpeg, and its error passes on', async () => {
  const error = new Error('the store is full')
  expect(await failureOf({ consume: onFirstBytes(() => Promise.reject(error)) })).toBe(error)
  expect(await ffmpegs()).toEqual([])
})

describe('where the sound has an FFmpeg of its own', () => {
  /** It is started last. */
  const ofSound = async (): Promise<number> => {
    const all = await ffmpegs()
    if (all.length !== 2) throw new Error(`there are ${all.length}`)
    return Math.max(...all)
  }

  const ENDS = [
    ['is killed', 'SIGKILL', /killed from outside/],
    ['stands still', 'SIGSTOP', /made no progress/],
  ] as const
  test.each(someOf(ENDS))('both are ended when that one %s, and the reason is its', async (_, signal, reason) => {
    let sent: Promise<void> | undefined
    const send = async (): Promise<void> => void process.kill(await ofSound(), signal)
    const consume = onFirstBytes(() => {
      sent ??= send()
      return sent
    })
    const failure = await failureOf({ file: await rawWithSound(), consume, tool: { limits: { noProgressMs: 1500 } } })
    expect(failure).toMatchObject({ reason: expect.stringMatching(reason), permanent: false })
    expect(await ffmpegs()).toEqual([])
  })

  thorough('an abort and a reader that fails end both', async () => {
    const controller = new AbortController()
    const reason = new Error('the claim was lost')
    const consume = onFirstBytes(() => controller.abort(reason))
    expect(await failureOf({ file: await rawWithSound(), signal: controller.signal, consume })).toBe(reason)
    expect(await ffmpegs()).toEqual([])
    const error = new Error('the store is full')
    expect(await failureOf({ file: await rawWithSound(), consume: () => Promise.reject(error) })).toBe(error)
    expect(await ffmpegs()).toEqual([])
  })
})

test('no reader takes what a failed encode left for a whole output', async () => {
  let finished = 0
  const consume: EncodeOptions['consume'] = async (output, bytes) => {
    await onFirstBytes(async () => {
      for (const pid of await ffmpegs()) process.kill(pid, 'SIGTERM')
    })(output, bytes)
    finished++
  }
  expect(await failureOf({ consume })).toMatchObject({ name: 'MediaFailure', killed: true })
  expect(finished).toBe(0)
})

test('memory is limited', async () => {
  const args = ['-vf', 'scale=1920:1080', '-c:v', 'libx264', '-preset', 'ultrafast', '-an']
  const file = await clip({ seconds: 1, args })
  await using bench = await Workbench.open()
  const source = await bench.put(file)
  const plan = planEncode(await bench.tool.probe(source, never), { ...SYSTEM_SETTINGS, segmentSeconds: 1 })
  await using small = await Workbench.open({ limits: { memoryBytes: 500 << 20 } })
  const options = { signal: never, onProgress: () => undefined, consume: discard }
  await expect(small.tool.encode(await small.put(file), plan, options)).rejects.toMatchObject({
    reason: 'it needs more memory than one process may have',
    permanent: true,
  })
})

test('a source that changes meanwhile fails the encode as that', async () => {
  let replace = async (): Promise<void> => undefined
  const failure = await failureOf({
    consume: onFirstBytes(() => replace()),
    tool: { blocks: { blockBytes: 65_536, cachedBlocks: 4 } },
    onBench: (bench, key) => {
      replace = () => writeFile(bench.pathOf(key), 'something else')
    },
  })
  expect(failure).toMatchObject({ reason: 'the source changed or was removed', permanent: true })
})

test('FFmpeg does not outlive a worker that is killed', async () => {
  const worker = spawn(process.execPath, [join(import.meta.dirname, 'encoding-worker.ts'), await raw()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const pid = await firstLine(worker)
    expect(await isAlive(Number(pid))).toBe(true)
    worker.kill('SIGKILL')
    await until(async () => !(await isAlive(Number(pid))), 5000)
  } finally {
    worker.kill('SIGKILL')
  }
})

const firstLine = async (child: ChildProcess): Promise<string> => {
  if (!child.stdout) throw new Error('the worker has no stdout')
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  return String(line).trim()
}
