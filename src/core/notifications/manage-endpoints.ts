import type { Now } from '../shared/clock.ts'
import type { NewId, ProjectId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import { MAX_ENDPOINTS, parseEndpointUrl } from './endpoint.ts'
import type { CheckAddress, DeliveryLog, EndpointSecrets, EndpointStore, SealedEndpoint } from './ports.ts'
import { isAccepted, type SendDeps, sendMessage } from './send-message.ts'
import type { NotificationUseCases } from './use-cases.ts'

export interface EndpointDeps extends SendDeps {
  readonly endpoints: EndpointStore
  readonly log: DeliveryLog
  readonly secrets: EndpointSecrets
  readonly checkAddress: CheckAddress
  readonly newId: NewId
  readonly now: Now
}

/** What a project does with its endpoints. */
export const notificationUseCases = (deps: EndpointDeps): NotificationUseCases => ({
  addEndpoint: addEndpoint(deps),
  listEndpoints: (projectId) => deps.endpoints.endpoints(projectId),
  async removeEndpoint(projectId, id) {
    if ((await deps.endpoints.removeEndpoint(projectId, id)) === 'absent') throw noEndpoint()
  },
  testEndpoint: testEndpoint(deps),
  async listDeliveries(projectId, id, range) {
    await requireEndpoint(deps, projectId, id)
    return deps.log.deliveries(id, range)
  },
  async replay(projectId, id, what) {
    await requireEndpoint(deps, projectId, id)
    if ('deadSince' in what) return deps.log.replayDead(id, what.deadSince)
    if ((await deps.log.replay(id, what.deliveryId)) === 'queued') return 1
    throw new DomainError({ kind: 'not_found', what: 'delivery of this webhook' })
  },
})

const addEndpoint =
  ({ endpoints, secrets, checkAddress, newId, now }: EndpointDeps): NotificationUseCases['addEndpoint'] =>
  async (projectId, { url: text, format, events }) => {
    const url = parseEndpointUrl(text)
    const objection = await checkAddress(url)
    if (objection !== undefined) throw invalidField('url', objection)
    const id = newId()
    const { secret, sealed } = secrets.make(id)
    const endpoint = {
      ...{ id, projectId, url, format, createdAt: now() },
      ...(events && { events: [...new Set(events)] }),
    }
    if ((await endpoints.insertEndpoint({ ...endpoint, secretSealed: sealed })) === 'too_many') {
      throw new DomainError({ kind: 'conflict', what: `a project has at most ${MAX_ENDPOINTS} webhooks` })
    }
    return { endpoint, secret }
  }

const testEndpoint =
  (deps: EndpointDeps): NotificationUseCases['testEndpoint'] =>
  async (projectId, id) => {
    const endpoint = await requireEndpoint(deps, projectId, id)
    const at = deps.now()
    const message = { id: deps.newId(), at, subject: 'test', text: deps.messages.testText(endpoint) }
    const outcome = await sendMessage(deps, { endpoint, message })
    return { accepted: isAccepted(outcome), durationMs: deps.now().getTime() - at.getTime(), outcome }
  }

const requireEndpoint = async (
  { endpoints }: Pick<EndpointDeps, 'endpoints'>,
  projectId: ProjectId,
  id: string,
): Promise<SealedEndpoint> => {
  const endpoint = await endpoints.endpoint(projectId, id)
  if (!endpoint) throw noEndpoint()
  return endpoint
}

const noEndpoint = (): DomainError => new DomainError({ kind: 'not_found', what: 'webhook' })
