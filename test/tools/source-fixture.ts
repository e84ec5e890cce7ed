import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface SourceFixture extends Disposable {
  readonly root: string
}

/** A folder with these files, gone at the end. */
export const sourceFixture = (files: Readonly<Record<string, string>>): SourceFixture => {
  const root = mkdtempSync(join(tmpdir(), 'telecine-source-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) }
}
