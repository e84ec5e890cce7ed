import { expect, test } from 'vitest'
import type { SourceAudio } from '../catalog/media.ts'
import { extractedSound, extractionArguments, fits } from './extraction-plan.ts'

const audio: SourceAudio = { stream: 1, codec: 'aac', channels: 6, sampleRate: 96_000 }
const valueAfter = (args: readonly string[], name: string) => args[args.indexOf(name) + 1]

test('packets are taken as they are only where the file takes them', () => {
  const codecs = ['aac', 'aac_latm', 'mp3', 'mp3float', 'mp2', 'opus']
  expect(codecs.filter((codec) => fits({ ...audio, codec }, 'AAC'))).toEqual(['aac'])
  expect(codecs.filter((codec) => fits({ ...audio, codec }, 'MP3'))).toEqual(['mp3', 'mp3float'])
})

test('a copy encodes nothing, and an encode has at most two channels and a rate that MP3 knows', () => {
  const plan = { audio, durationMs: 1, format: 'MP3', copied: true } as const
  expect(valueAfter(extractionArguments(plan, 'pipe:3'), '-c:a')).toBe('copy')
  const all = extractedSound({ ...plan, copied: false }, 'pipe:3')
  const encoded = all.slice(all.indexOf('-map'))
  expect(['-map', '-c:a', '-ac', '-ar', '-f'].map((name) => valueAfter(encoded, name))).toEqual([
    ...['0:a', 'libmp3lame', '2', '48000', 'mp3'],
  ])
})
