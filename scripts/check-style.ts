/** Enforces the style guide's bounds that Biome does not know, and prints the figures. */
import { dirname } from 'node:path'
import { isNode, lineAt, readSourceTree, type SourceFile, type SyntaxNode, walk } from './source-tree.ts'

const BOUNDS = { fileP95: 300, fileMost: 500, functionP95: 50, functionMost: 100, parameters: 3 }

export interface StyleReport {
  readonly figures: string
  /** One line each: where, what, and the bound. */
  readonly violations: readonly string[]
}

/** Lines are counted as an editor shows them, comments included. */
export const checkStyle = (root: string, folders: readonly string[]): StyleReport => {
  const files = readSourceTree(root, folders)
  const fileLines = files.map(({ path, text }): Measured => ({ place: path, lines: text.trimEnd().split('\n').length }))
  const functions = files.flatMap(functionsOf)
  const forbidden = files.flatMap(forbiddenOf)
  return {
    figures: [
      `${files.length} files: p95 ${percentile95(fileLines)} lines, longest ${longest(fileLines)}`,
      `${functions.length} functions: p95 ${percentile95(functions)} lines, longest ${longest(functions)}`,
    ].join('\n'),
    violations: [
      ...boundViolations('files', fileLines, [BOUNDS.fileP95, BOUNDS.fileMost]),
      ...boundViolations('functions', functions, [BOUNDS.functionP95, BOUNDS.functionMost]),
      ...functions.flatMap(({ place, parameters }) =>
        parameters > BOUNDS.parameters
          ? [`${place}: ${parameters} positional parameters; at most ${BOUNDS.parameters}, then an object`]
          : [],
      ),
      ...forbidden,
    ],
  }
}

interface Measured {
  readonly place: string
  readonly lines: number
}

interface MeasuredFunction extends Measured {
  readonly parameters: number
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'TSMethodSignature',
  'TSFunctionType',
])

const functionsOf = (file: SourceFile): readonly MeasuredFunction[] => {
  const nodes = [...walk(file.program)]
  // What a library calls back has the parameters that the library gives.
  const callbacks = new Set(nodes.filter(({ type }) => type === 'CallExpression').flatMap((call) => call['arguments']))
  return nodes
    .filter((node) => FUNCTIONS.has(node.type) && !isTestGroup(node))
    .map((node) => {
      const [first, last] = [lineAt(file.text, node.start), lineAt(file.text, node.end)]
      const params = node['params']
      const count = Array.isArray(params) && !callbacks.has(node) ? params.length : 0
      return { place: `${file.path}:${first}`, lines: last - first + 1, parameters: count }
    })
}

/** Tests inside are functions of their own; what groups them is none that anybody has to grasp at once. */
const isTestGroup = (node: SyntaxNode): boolean =>
  [...walk(node)].some(({ type, callee }) => {
    if (type !== 'CallExpression' || !isNode(callee)) return false
    // `test(...)`, and `test.each(...)(...)` by its inner call.
    const called = isNode(callee['object']) ? callee['object'] : callee
    return called['name'] === 'test' || called['name'] === 'describe'
  })

const forbiddenOf = (file: SourceFile): readonly string[] => {
  const nodes = [...walk(file.program)]
  const namespaces = new Set(nodes.filter(({ type }) => type === 'ImportNamespaceSpecifier').map(localName))
  return nodes.flatMap((node) => {
    const what = forbiddenBy(node, namespaces)
    return what ? [`${file.path}:${lineAt(file.text, node.start)}: ${what}`] : []
  })
}

const forbiddenBy = (node: SyntaxNode, namespaces: ReadonlySet<unknown>): string | undefined => {
  if (node.type === 'TSAnyKeyword') return '`any`: say what it is, or `unknown`'
  if (node.type === 'TSNonNullExpression') return '`!`: prove that it is there'
  return node.type === 'CallExpression' && isModuleMock(node, namespaces)
    ? 'a module mock: use the real part'
    : undefined
}

/** `vi.mock` and its kin, and spies on all that a module exports. */
const isModuleMock = ({ callee, arguments: given }: SyntaxNode, namespaces: ReadonlySet<unknown>): boolean => {
  if (!isNode(callee) || !isNode(callee['object']) || !isNode(callee['property'])) return false
  if (!['vi', 'jest', 'mock'].includes(String(callee['object']['name']))) return false
  const method = String(callee['property']['name'])
  if (method === 'spyOn') return Array.isArray(given) && isNode(given[0]) && namespaces.has(given[0]['name'])
  return /^(do)?(un)?mock$|^(unstable_)?mockModule$|^module$/i.test(method)
}

const localName = (node: SyntaxNode): unknown => (isNode(node['local']) ? node['local']['name'] : undefined)

const boundViolations = (
  what: string,
  measured: readonly Measured[],
  [p95, most]: readonly [number, number],
): readonly string[] => {
  const long = measured.filter(({ lines }) => lines > most)
  const share = percentile95(measured)
  return [
    ...(share > p95 ? [`p95 of ${what} is ${share} lines; at most ${p95}`] : []),
    ...long.map(({ place, lines }) => `${place}: ${lines} lines; at most ${most}`),
  ]
}

const percentile95 = (measured: readonly Measured[]): number => {
  const sorted = measured.map(({ lines }) => lines).sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0
}

const longest = (measured: readonly Measured[]): string => {
  const top = measured.toSorted((a, b) => b.lines - a.lines)[0]
  return top ? `${top.lines} (${top.place})` : 'none'
}

if (import.meta.main) {
  const { figures, violations } = checkStyle(dirname(import.meta.dirname), ['src', 'test', 'bench', 'scripts'])
  console.log(figures)
  for (const violation of violations) console.error(violation)
  process.exitCode = violations.length === 0 ? 0 : 1
}
