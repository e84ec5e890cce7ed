import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findDeployViolations } from '../../scripts/check-deploy.ts'

const OURS = join(import.meta.dirname, '../../deploy')

/** What is found where these texts of a file are replaced. */
const violationsWith = async (file: string, from: string, to: string): Promise<readonly string[]> => {
  const root = await mkdtemp(join(tmpdir(), 'telecine-deploy-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  await cp(OURS, root, { recursive: true })
  const text = await readFile(join(root, file), 'utf8')
  expect(text).toContain(from)
  await writeFile(join(root, file), text.replace(from, to))
  return findDeployViolations(root)
}

test('what is delivered is as the schemas have it', async () => {
  expect(await findDeployViolations(OURS)).toEqual([])
})

test.each([
  ['compose/compose.yaml', 'command: [serve]', 'comand: [serve]', 'additional properties'],
  ['kubernetes/api.yaml', 'replicas: 2', 'replicas: two', 'replicas'],
  // A cluster would drop it.
  [
    'kubernetes/worker.yaml',
    'readOnlyRootFilesystem',
    'readOnlyRootFileSystem',
    '"readOnlyRootFileSystem"\' does not exist',
  ],
  ['kubernetes/autoscaling.yaml', 'maxReplicaCount', 'maxReplicas', '"maxReplicas"\' does not exist'],
  ['kubernetes/api.yaml', 'apps/v1', 'apps/v1beta9', 'api.yaml: Deployment'],
  ['kubernetes/settings.yaml', 'TELECINE_TRUST_PROXY', 'TELECINE_TRUST_PROXI', 'no setting TELECINE_TRUST_PROXI'],
])('%s is refused with another word for "%s"', async (file, from, to, said) => {
  expect((await violationsWith(file, from, to)).join('\n')).toContain(said)
})
