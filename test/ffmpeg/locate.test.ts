import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCapabilities } from '../../src/adapters/ffmpeg/capabilities.ts'
import { locateFfmpeg } from '../../src/adapters/ffmpeg/locate.ts'
import { createMediaTool } from '../../src/adapters/ffmpeg/media-tool.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { Workbench } from './workbench.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-locate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A program that answers every question about FFmpeg as told. */
const program = async (name: string, answers: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\ncat <<'END'\n${answers}\nEND\n`)
  await chmod(path, 0o755)
  return path
}

test('the configured FFmpeg is taken, and must be there and be one', async () => {
  const path = await program('mine', 'ffmpeg version 6.0')
  expect(await locateFfmpeg({ configured: path, searchPath: '' })).toBe(path)
  await expect(locateFfmpeg({ configured: join(folder, 'none'), searchPath: '' })).rejects.toThrow(
    'TELECINE_FFMPEG_PATH names no executable file',
  )
  await expect(locateFfmpeg({ configured: '/bin/true', searchPath: '' })).rejects.toThrow('names no FFmpeg')
})

test('without configuration one that works is found', async () => {
  const found = await locateFfmpeg({ searchPath: dirname(await ffmpegPath()) })
  expect((await readCapabilities(found)).encoders.has('libx264')).toBe(true)
})

test('a binary that lacks something is refused with what needs it', async () => {
  const path = await program('poor', 'ffmpeg version 6.0\n V....D libx264   x\n')
  await expect(readCapabilities(path)).rejects.toThrow(
    /no encoder aac \(needed for every audio output\).*filter zscale/,
  )
  await using bench = await Workbench.open()
  await expect(createMediaTool({ ffmpegPath: path, store: bench.store })).rejects.toThrow('cannot be used')
})

test('one that is too old is refused', async () => {
  await expect(readCapabilities(await program('old', 'ffmpeg version 4.4.2'))).rejects.toThrow('5.1 or later')
})
