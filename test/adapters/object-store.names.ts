/** What is hard to carry in file names, XML, headers, URLs or signatures. */
export const ODD_NAMES: readonly string[] = [
  'a b+c&d=e%f.mp4',
  '100%25 %2F.mp4',
  '视频/影片 第1集.mp4',
  '🎬.mp4',
  "it's (1)!*~.mp4",
  'what?x=1#y;z.mp4',
  '"quoted" <b>&amp;</b>.mp4',
  'back\\slash.mp4',
  'tab\tand\nnewline\r.mp4',
  'double//slash.mp4',
  'folder/',
  'e\u0301 and \u00e9.mp4',
  '.telecine/keys/x',
  `long/${'é'.repeat(400)}.mp4`,
]
