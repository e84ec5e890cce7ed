import type { Browser } from 'playwright-core'

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Of this element and all below. */
  readonly text: string
}

const READ = `(text) => {
  const read = ({ localName, attributes, children, textContent }) => ({
    name: localName,
    attributes: Object.fromEntries([...attributes].map(({ name, value }) => [name, value])),
    children: [...children].map(read),
    text: textContent,
  })
  return read(new DOMParser().parseFromString(text, 'application/xml').documentElement)
}`

/** By the parser of the browser, which is strict: a document with an error is one with a `parsererror`. */
export const readXml = async (browser: Browser, text: string): Promise<XmlElement> => {
  await using page = await browser.newPage()
  const root = await page.evaluate<XmlElement>(`(${READ})(${JSON.stringify(text)})`)
  if (JSON.stringify(root).includes('parsererror')) throw new Error(`this is no XML: ${text}`)
  return root
}

/** All elements of that name below one, in the order of the document. */
export const elements = (root: XmlElement, name: string): readonly XmlElement[] =>
  root.children.flatMap((child) => [...(child.name === name ? [child] : []), ...elements(child, name)])
