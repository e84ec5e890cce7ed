import type { ReviewSettings } from '../catalog/review.ts'
import type { NewId, ProjectId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import {
  DEFAULT_REVIEW,
  MOST_REVIEW_TEMPLATES,
  type ReviewTemplate,
  SYSTEM_REVIEW_NAME,
  systemReviewTemplate,
} from './review-template.ts'
import type { ReviewTemplateStore, StoredReviewTemplate } from './review-template-ports.ts'

/** What other layers may ask about review templates. */
export interface ReviewTemplateUseCases {
  /** The system's first, then the oldest. */
  listReviewTemplates(projectId: ProjectId): Promise<readonly ReviewTemplate[]>
  /** What is not said is as in the system's first form. Throws `conflict` for a name that is taken. */
  createReviewTemplate(projectId: ProjectId, template: NewReviewTemplate): Promise<ReviewTemplate>
  /** What is not said stays; assets that were reviewed with it keep what it said. Throws `not_found`, `conflict`, and `invalid_field` for the system's name. */
  updateReviewTemplate(projectId: ProjectId, id: string, change: ReviewTemplateChange): Promise<ReviewTemplate>
  /** Throws `not_found`, `conflict` for the system's. */
  deleteReviewTemplate(projectId: ProjectId, id: string): Promise<void>
  chooseReview: ChooseReview
}

/** What the project's template of this id says; `undefined`: there is none. */
export type ChooseReview = (projectId: ProjectId, id: string) => Promise<ReviewSettings | undefined>

export interface ReviewTemplateChange {
  readonly name?: string
  readonly isDefault?: boolean
  readonly settings: Partial<Omit<ReviewSettings, 'thresholds'>> & {
    readonly thresholds: Partial<ReviewSettings['thresholds']>
  }
}

export type NewReviewTemplate = ReviewTemplateChange & { readonly name: string }

interface Deps {
  readonly reviewTemplates: ReviewTemplateStore
  readonly newId: NewId
}

export const reviewTemplateUseCases = ({ reviewTemplates: store, newId }: Deps): ReviewTemplateUseCases => ({
  async listReviewTemplates(projectId) {
    const system = systemReviewTemplate(projectId)
    const stored = await store.reviewTemplates(projectId)
    const custom = stored.filter(({ id }) => id !== system.id)
    const changed = stored.find(({ id }) => id === system.id)
    return [{ ...system, ...changed }, ...custom.map((template) => ({ ...template, kind: 'custom' as const }))]
  },
  async createReviewTemplate(projectId, change) {
    if (change.name === SYSTEM_REVIEW_NAME) throw nameTaken()
    const blank = { id: newId(), name: change.name, isDefault: false, settings: DEFAULT_REVIEW }
    const template = changed(blank, change)
    await store.insertReviewTemplate(projectId, template, MOST_REVIEW_TEMPLATES)
    return { ...template, kind: 'custom' }
  },
  async updateReviewTemplate(projectId, id, change) {
    const system = systemReviewTemplate(projectId)
    const isSystem = id === system.id
    if (change.name !== undefined && isSystem !== (change.name === SYSTEM_REVIEW_NAME)) {
      throw isSystem ? invalidField('name', 'cannot be changed: it is the system template') : nameTaken()
    }
    const { kind: _, ...initial } = system
    let after: StoredReviewTemplate | undefined
    const found = await store.updateReviewTemplate(projectId, { id, ...(isSystem && { initial }) }, (before) => {
      after = changed(before, change)
      return after
    })
    if (!found || !after) throw new DomainError({ kind: 'not_found', what: 'review template' })
    return { ...after, kind: isSystem ? 'system' : 'custom' }
  },
  async deleteReviewTemplate(projectId, id) {
    if (id === systemReviewTemplate(projectId).id) {
      throw new DomainError({ kind: 'conflict', what: 'the system template cannot be deleted' })
    }
    const found = await store.deleteReviewTemplate(projectId, id)
    if (!found) throw new DomainError({ kind: 'not_found', what: 'review template' })
  },
  async chooseReview(projectId, id) {
    const system = systemReviewTemplate(projectId)
    const template = await store.reviewTemplate(projectId, id)
    return template?.settings ?? (id === system.id ? system.settings : undefined)
  },
})

const changed = (before: StoredReviewTemplate, change: ReviewTemplateChange): StoredReviewTemplate => ({
  ...before,
  ...(change.name !== undefined && { name: change.name }),
  ...(change.isDefault !== undefined && { isDefault: change.isDefault }),
  settings: {
    ...before.settings,
    ...change.settings,
    thresholds: { ...before.settings.thresholds, ...change.settings.thresholds },
  },
})

const nameTaken = (): DomainError =>
  new DomainError({ kind: 'conflict', what: 'another review template has this name' })
