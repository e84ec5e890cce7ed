/** What WebVTT knows: bold, italic, underlined, classes, who speaks, languages, ruby, and times within a cue. */
const ALLOWED =
  /^<(?:\/(?:[biucv]|ruby|rt|lang)|(?:[biu]|ruby|rt)(?:\.[\w-]+)*|c(?:\.[\w-]+)*|(?:v|lang)(?:\.[\w-]+)*(?: [^<>&]*)?|(?:\d{2,}:)?\d\d:\d\d\.\d{3})>$/
/** Tags of any kind, ASS overrides (`{\an8}`), character references, and signs that need one. */
const PARTS = /<\/?[a-zA-Z\d][^<>\n]*>|\{\\[^{}\n]*\}|&(?:amp|lt|gt|nbsp|lrm|rlm|#\d{1,7}|#x[\da-fA-F]{1,6});|[<>&]/g

const REFERENCES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' }

/** Cue text without anything that players need not know: other tags and overrides are left out, other signs escaped. */
export const cueText = (text: string): string =>
  text
    .replace(PARTS, (part) => {
      if (part.length === 1) return REFERENCES[part] ?? ''
      if (part.startsWith('&') || ALLOWED.test(part)) return part
      return ''
    })
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')
