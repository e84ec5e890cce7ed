import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWordFinder } from './find-words.ts'
import { normaliseText } from './normalise-text.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-words-'))
})
afterAll(() => rm(folder, { recursive: true }))

const found = async (...texts: string[]) =>
  (await createWordFinder(folder).find(texts)).map(({ scene, word, level }) => `${scene} ${word} ${level}`)

test('wide letters, invisible ones and spaces between letters hide nothing', () => {
  expect(normaliseText('Ｆ\u200bU\u00adＣ Ｋ  off')).toEqual({ spaced: 'fuc k off', compact: 'fuckoff' })
  expect(normaliseText('f-u_c k you').spaced).toBe('fuck you')
  expect(normaliseText('加 微\u200d 信').compact).toBe('加微信')
})

test('English and Chinese words are found, also disguised, and not in words that only look like them', async () => {
  expect(await found('sh1t', 'f.u.c.k', 'ｐｏｒｎ')).toEqual([
    ...['abuse shit review', 'abuse fuck review', 'porn porn review'],
  ])
  expect(await found('一部 色·情 片', '傻\u200b逼')).toEqual(['porn 色情 review', 'abuse 傻逼 review'])
  expect(await found('Class pass, Essex grass', 'a b c', '男性和女性的可能性', '成人教育', 'peacock')).toEqual([])
})

test("the operator's lists: each with its scene, as words of their own where the script has spaces, some that block", async () => {
  await writeFile(join(folder, 'politics.txt'), '\uFEFF# comment\r\n\r\n!Some Party\r\nab\r\n某某会\r\n...\r\n')
  await writeFile(join(folder, 'porn.txt'), 'abcd\nbc\n')
  expect(await found('SOME   party', 'cab')).toEqual(['politics Some Party block'])
  expect(await found('The some-party, a B')).toEqual(['politics Some Party block', 'politics ab review'])
  expect(await found('x某 某会y', 'a bc x')).toEqual(['porn bc review', 'politics 某某会 review'])
  // A change holds from the next review on.
  const finder = createWordFinder(folder)
  await rm(join(folder, 'politics.txt'))
  expect(await finder.find(['Some Party'])).toEqual([])
})

test('the end of one text and the beginning of the next are no word', async () => {
  await writeFile(join(folder, 'politics.txt'), 'some party\n某某会\n')
  expect(await found('some', 'party', '某某', '会')).toEqual([])
  expect(await found('x', 'some party', '某某会')).toEqual(['politics some party review', 'politics 某某会 review'])
  await rm(join(folder, 'politics.txt'))
})

test('a list that is there and cannot be read passes nothing', async () => {
  await mkdir(join(folder, 'abuse.txt'))
  await expect(found('harmless')).rejects.toThrow('the list of words abuse.txt cannot be read (EISDIR)')
  await rm(join(folder, 'abuse.txt'), { recursive: true })
})

test('where spaces may be lost, longer words are found anywhere; short ones would be in too many others', async () => {
  await writeFile(join(folder, 'politics.txt'), 'freedom party\nsome\n')
  const finder = createWordFinder(folder)
  const read = async (line: string) => (await finder.find([line], 'lost')).map(({ word }) => word)
  expect(await read('Join theFreedomPartynow')).toEqual(['freedom party'])
  expect([await read('Awesome'), await read('some')]).toEqual([[], ['some']])
  expect(await finder.find(['Join theFreedomPartynow'])).toEqual([])
})
