/** What viewers read of a WebVTT file of ours, cue by cue and each text once: without times, tags and character references. */
export const cueTexts = (vtt: string): readonly string[] => [
  ...new Set(
    vtt.split(/\n{2,}/).flatMap((block) => {
      const lines = block.split('\n')
      const times = lines.findIndex((line) => line.includes('-->'))
      const text = times < 0 ? '' : plainText(lines.slice(times + 1).join('\n')).trim()
      return text === '' ? [] : [text]
    }),
  ),
]

const plainText = (cue: string): string =>
  cue.replace(/<[^>]*>/g, '').replace(REFERENCE, (whole, name: string) => referenced(name) ?? whole)

const REFERENCE = /&(amp|lt|gt|nbsp|lrm|rlm|#\d{1,7}|#x[\da-fA-F]{1,6});/g
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', nbsp: ' ', lrm: '', rlm: '' }
const LAST_CODE_POINT = 0x10ffff

const referenced = (name: string): string | undefined => {
  if (!name.startsWith('#')) return NAMED[name]
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : undefined
}
