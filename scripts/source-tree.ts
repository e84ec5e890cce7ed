/** The project's TypeScript files and their syntax, for the checks beside this file. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly program: SyntaxNode
}

/** ESTree with TypeScript's nodes; offsets count UTF-16 units. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [member: string]: unknown
}

/** What nobody writes by hand. */
const GENERATED = /\.generated\.ts$/

export const readSourceTree = (root: string, folders: readonly string[]): readonly SourceFile[] =>
  globSync(
    folders.map((folder) => `${folder}/**/*.{ts,tsx}`),
    { cwd: root },
  )
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !GENERATED.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const program: unknown = parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts' }, path)
      if (!isNode(program)) throw new Error(`${path} cannot be parsed`)
      return { path, text, program }
    })

/** The node and all below it, each before its children. */
export function* walk(node: SyntaxNode): Generator<SyntaxNode> {
  yield node
  for (const member of Object.values(node)) {
    const children: readonly unknown[] = Array.isArray(member) ? member : [member]
    for (const child of children) if (isNode(child)) yield* walk(child)
  }
}

export const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value

/** From 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
