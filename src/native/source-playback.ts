import Type from 'typebox'
import { textOf } from '../wire/fields.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE } from './fields.ts'

const PATH = `${BASE}/settings/source-playback`
const shared = { group: 'delivery', failureStatus: 400, gaps: [] } as const
const Enabled = Type.Boolean({ description: 'Whether films play from their sources until there are renditions.' })

export const showSourcePlayback = defineOperation({
  ...shared,
  id: 'showSourcePlayback',
  method: 'GET',
  path: PATH,
  summary: 'Whether the films of the project play from their sources until there are renditions.',
  reply: Type.Object({ enabled: Enabled }),
  successStatus: 200,
  async handle(_, { core, projectId }) {
    return { enabled: await core.sourceSwitch.isOn(projectId) }
  },
})

export const updateSourcePlayback = defineOperation({
  ...shared,
  id: 'updateSourcePlayback',
  method: 'PUT',
  path: PATH,
  summary: 'Turn it on or off: for the project at once, or for assets that are made with a template group from now on.',
  body: Type.Object({
    enabled: Enabled,
    group_id: Type.Optional(textOf({ minLength: 1, maxBytes: 128 })),
  }),
  successStatus: 204,
  async handle({ body: { enabled, group_id: id } }, { core, projectId }) {
    if (id === undefined) return core.sourceSwitch.turn(projectId, enabled ? 'on' : 'off')
    await core.templates.updateTemplateGroup(projectId, { id, settings: { sourcePlayback: enabled } })
  },
})

export const SOURCE_PLAYBACK_OPERATIONS: readonly AnyOperation[] = [showSourcePlayback, updateSourcePlayback]
