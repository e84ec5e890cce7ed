/** Enforces which folder of src/ may import which (the tables below), and that there are no cycles and no barrels. */
import { posix } from 'node:path'
import { isNode, lineAt, readSourceTree, type SourceFile, walk } from './source-tree.ts'

interface Layer {
  /** Folders of src/, or single files without extension. */
  readonly imports: readonly string[] | 'everything'
  readonly packages: readonly string[] | 'any'
}

const PURE = ['typebox', 'node:crypto']

/** Every folder may import itself, too. */
const LAYERS: Readonly<Record<string, Layer>> = {
  core: { imports: ['core'], packages: PURE },
  wire: { imports: ['core'], packages: PURE },
  native: {
    // What the vendor has a form for has the same one here.
    imports: ['core', 'wire/operation', 'wire/fields', 'wire/ingest/thumbnail', 'wire/review/fields'],
    packages: PURE,
  },
  engine: { imports: ['core/shared'], packages: 'any' },
  adapters: { imports: ['core', 'engine'], packages: 'any' },
  http: { imports: ['wire', 'native', 'core'], packages: 'any' },
  cli: { imports: ['wire', 'native', 'main'], packages: 'any' },
  main: { imports: 'everything', packages: 'any' },
}

/** Inside core, besides the capability itself and `shared`. */
const CAPABILITIES: Readonly<Record<string, readonly string[] | 'everything'>> = {
  shared: [],
  auth: [],
  catalog: [],
  templates: ['catalog'],
  ingest: ['auth', 'catalog', 'templates'],
  review: ['catalog', 'templates'],
  statistics: ['catalog'],
  notifications: ['catalog'],
  retention: ['catalog'],
  audit: ['catalog'],
  progress: ['catalog'],
  packaging: [],
  processing: ['catalog', 'templates', 'packaging'],
  // Pages show viewers what progress leaves for them.
  delivery: ['auth', 'catalog', 'packaging', 'progress'],
  lifecycle: 'everything',
}

interface Import {
  readonly from: SourceFile
  readonly line: number
  readonly specifier: string
  /** Path from the root, for relative specifiers. */
  readonly target?: string
  readonly typeOnly: boolean
  readonly reexport: boolean
}

/** One line per violation, each naming file, line, what is imported, and the rule. */
export const findImportViolations = (root: string): readonly string[] => {
  const files = readSourceTree(root, ['src'])
  const imports = files.flatMap(importsOf)
  const broken = imports.flatMap((one) => {
    const rule = violatedRule(one)
    return rule ? [`${one.from.path}:${one.line} imports ${one.specifier}: ${rule}`] : []
  })
  return [...broken, ...findCycles(imports)]
}

const importsOf = (file: SourceFile): readonly Import[] =>
  [...walk(file.program)].flatMap((node) => {
    const { source, type, start } = node
    if (!IMPORTING.has(type) || !isNode(source) || typeof source['value'] !== 'string') return []
    const specifier = source['value']
    const relative = specifier.startsWith('.')
    const target = posix.join(posix.dirname(file.path), specifier)
    return {
      from: file,
      line: lineAt(file.text, start),
      specifier,
      ...(relative && { target }),
      typeOnly: node['importKind'] === 'type' || type === 'TSImportType',
      reexport: type.startsWith('Export'),
    }
  })

const IMPORTING: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ImportExpression',
  'TSImportType',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
])

const violatedRule = (one: Import): string | undefined => {
  if (one.reexport) return 'no barrels: import from the file that has it'
  return one.target === undefined ? packageRule(one) : folderRule(one.from.path, one.target)
}

const packageRule = ({ from, specifier, typeOnly }: Import): string | undefined => {
  const layer = layerOf(from.path)
  const packages = LAYERS[layer]?.packages
  // Tests beside the code run in vitest, with its packages.
  if (packages === undefined || packages === 'any' || isTest(from.path)) return undefined
  // Types of Node's streams and the like leave nothing behind at run time.
  if (typeOnly && specifier.startsWith('node:')) return undefined
  const known = packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))
  return known ? undefined : `${layer} may import no package but ${packages.join(', ')}`
}

const folderRule = (path: string, target: string): string | undefined => {
  if (!target.startsWith('src/')) return 'src may import nothing outside src'
  const [from, to] = [layerOf(path), layerOf(target)]
  const layer = LAYERS[from]
  if (!layer) return `there is no rule for src/${from}`
  const inside = target.slice('src/'.length).replace(/\.tsx?$/, '')
  const allowed = layer.imports === 'everything' || [from, ...layer.imports].some((one) => isWithin(inside, one))
  if (!allowed) return `${from} may not import ${to}`
  return from === 'core' && to === 'core' ? capabilityRule(path, target) : undefined
}

const capabilityRule = (path: string, target: string): string | undefined => {
  const [from, to] = [capabilityOf(path), capabilityOf(target)]
  const allowed = CAPABILITIES[from]
  if (!allowed) return `there is no rule for src/core/${from}`
  const fine = allowed === 'everything' || [from, 'shared', ...allowed].includes(to)
  return fine ? undefined : `core/${from} may not import core/${to}`
}

const layerOf = (path: string): string => path.split('/')[1] ?? ''
const capabilityOf = (path: string): string => path.split('/')[2] ?? ''
const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
const isTest = (path: string): boolean => path.endsWith('.test.ts')

/** Of what is loaded at run time: there an order of files must exist. Types may refer to each other. */
const findCycles = (imports: readonly Import[]): readonly string[] => {
  const loaded = imports.filter(({ typeOnly }) => !typeOnly)
  const targets = Map.groupBy(loaded, ({ from }) => from.path)
  const finished = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path)
    if (seenAt >= 0) cycles.push(`cycle: ${[...trail.slice(seenAt), path].join(' -> ')}`)
    if (seenAt >= 0 || finished.has(path)) return
    for (const { target } of targets.get(path) ?? []) if (target !== undefined) visit(target, [...trail, path])
    finished.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return cycles
}

if (import.meta.main) {
  const violations = findImportViolations(posix.dirname(import.meta.dirname))
  for (const violation of violations) console.error(violation)
  console.log(violations.length === 0 ? 'imports: as the tables allow' : `imports: ${violations.length} violations`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
