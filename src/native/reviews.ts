import Type, { type Static } from 'typebox'
import type { PictureReport } from '../core/catalog/review.ts'
import { MOST_REVIEW_TEMPLATES, type ReviewTemplate } from '../core/templates/review-template.ts'
import type { ReviewTemplateChange } from '../core/templates/review-template-use-cases.ts'
import { oneOf, textOf } from '../wire/fields.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE } from './fields.ts'

const TEMPLATES = `${BASE}/review-templates`
const shared = { group: 'review', failureStatus: 400, gaps: [] } as const
const IdText = textOf({ minLength: 1, maxBytes: 128 })
const Threshold = Type.Integer({
  minimum: 0,
  maximum: 100,
  description: '0: not looked for. What is surer than this suggests block, what is half as sure suggests review.',
})

const CHANGE = {
  interval: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Seconds between pictures.' })),
  porn: Type.Optional(Threshold),
  terrorism: Type.Optional(Threshold),
  politics: Type.Optional(Threshold),
  default: Type.Optional(Type.Boolean({ description: 'Takes the place of the one that is.' })),
  publish_on_pass: Type.Optional(
    Type.Boolean({ description: 'Publish what passes; with auto_publish 0 nothing is seen before.' }),
  ),
}
const NameText = Type.String({
  pattern: '^[A-Za-z0-9_]{1,128}$',
  reason: 'must be 1 to 128 letters, digits and underscores',
})

const Template = Type.Object({
  template_id: Type.String(),
  name: Type.String(),
  system: Type.Boolean({ description: 'Every project has it; it can be changed, but neither renamed nor deleted.' }),
  interval: Type.Integer(),
  porn: Type.Integer(),
  terrorism: Type.Integer(),
  politics: Type.Integer(),
  default: Type.Boolean(),
  publish_on_pass: Type.Boolean(),
})

export const createReviewTemplate = defineOperation({
  ...shared,
  id: 'createReviewTemplate',
  method: 'POST',
  path: TEMPLATES,
  summary: `Make a review template; at most ${MOST_REVIEW_TEMPLATES}. What is not said: a picture every 5 s, porn from 80 on.`,
  body: Type.Object({ name: NameText, ...CHANGE }),
  reply: Template,
  successStatus: 201,
  async handle({ body: { name, ...change } }, { core, projectId }) {
    return toAnswer(await core.templates.createReviewTemplate(projectId, { name, ...changeOf(change) }))
  },
})

export const listReviewTemplates = defineOperation({
  ...shared,
  id: 'listReviewTemplates',
  method: 'GET',
  path: TEMPLATES,
  summary: "List review templates, the system's first.",
  reply: Type.Object({ templates: Type.Array(Template) }),
  successStatus: 200,
  async handle(_, { core, projectId }) {
    return { templates: (await core.templates.listReviewTemplates(projectId)).map(toAnswer) }
  },
})

export const updateReviewTemplate = defineOperation({
  ...shared,
  id: 'updateReviewTemplate',
  method: 'PUT',
  path: TEMPLATES,
  summary: 'Change a review template; what is not named stays, and so do reviews that were asked for before.',
  body: Type.Object({ template_id: IdText, name: Type.Optional(NameText), ...CHANGE }),
  reply: Template,
  successStatus: 200,
  async handle({ body: { template_id, name, ...change } }, { core, projectId }) {
    const changes = { ...(name !== undefined && { name }), ...changeOf(change) }
    return toAnswer(await core.templates.updateReviewTemplate(projectId, template_id, changes))
  },
})

export const deleteReviewTemplate = defineOperation({
  ...shared,
  id: 'deleteReviewTemplate',
  method: 'DELETE',
  path: TEMPLATES,
  summary: 'Delete a review template; reviews that were asked for with it go on.',
  query: Type.Object({ template_id: IdText }),
  successStatus: 204,
  async handle({ query }, { core, projectId }) {
    await core.templates.deleteReviewTemplate(projectId, query.template_id)
  },
})

const Change = Type.Object(CHANGE)

const changeOf = (change: Static<typeof Change>): ReviewTemplateChange => {
  const { interval, porn, terrorism, politics, default: isDefault, publish_on_pass: publishOnPass } = change
  return {
    ...(isDefault !== undefined && { isDefault }),
    settings: {
      ...(interval !== undefined && { intervalSeconds: interval }),
      ...(publishOnPass !== undefined && { publishOnPass }),
      thresholds: {
        ...(porn !== undefined && { porn }),
        ...(terrorism !== undefined && { terrorism }),
        ...(politics !== undefined && { politics }),
      },
    },
  }
}

const toAnswer = ({ id, kind, name, isDefault, settings }: ReviewTemplate): Static<typeof Template> => ({
  ...{ template_id: id, name, system: kind === 'system', interval: settings.intervalSeconds, ...settings.thresholds },
  ...{ default: isDefault, publish_on_pass: settings.publishOnPass },
})

export const judgeReview = defineOperation({
  ...shared,
  id: 'judgeReview',
  method: 'PUT',
  path: `${BASE}/reviews/verdict`,
  summary:
    'Decide as a person. What is blocked is unpublished, and cannot be published until it is passed; what is passed is not published by that, unless its template says so.',
  body: Type.Object({
    asset_id: IdText,
    verdict: oneOf(['pass', 'block']),
    note: Type.Optional(textOf({ minLength: 1, maxBytes: 1024 })),
  }),
  successStatus: 204,
  async handle({ body: { asset_id, verdict, note } }, { core, projectId, principal }) {
    const decided = { verdict, by: principal.userName, ...(note !== undefined && { note }) }
    await core.review.judgeReview(projectId, asset_id, decided)
  },
})

const Picture = Type.Object({
  offset: Type.Integer(),
  suggestion: Type.String(),
  words: Type.Optional(Type.Array(Type.String(), { description: 'Words of lists that were read in it.' })),
  url: Type.String({ description: 'For an hour, whether the asset is published or not.' }),
})

export const showReviewPictures = defineOperation({
  ...shared,
  id: 'showReviewPictures',
  method: 'GET',
  path: `${BASE}/reviews/pictures`,
  summary:
    'What a person should look at before deciding: the pictures of the last review that it does not pass, or all.',
  query: Type.Object({ asset_id: IdText, all: Type.Optional(Type.Enum([0, 1])) }),
  reply: Type.Object({
    suggestion: Type.Optional(Type.String({ description: 'Absent: there is no review to look at.' })),
    cover: Type.Optional(Picture),
    pictures: Type.Array(Picture),
  }),
  successStatus: 200,
  async handle({ query: { asset_id, all = 0 } }, { core, projectId }) {
    const { report, pictureUrls, coverUrl } = await core.review.showReview(projectId, asset_id)
    const [cover] = report?.cover ?? []
    const pictures = (report?.video ?? []).flatMap((picture) => {
      const url = pictureUrls.get(picture.offset)
      return url !== undefined && (all === 1 || picture.suggestion !== 'pass') ? [pictureOf(picture, url)] : []
    })
    return {
      ...(report && { suggestion: report.suggestion }),
      ...(cover && coverUrl !== undefined && { cover: pictureOf(cover, coverUrl) }),
      pictures,
    }
  },
})

const pictureOf = ({ offset, suggestion, words }: PictureReport, url: string): Static<typeof Picture> => ({
  ...{ offset, suggestion, url },
  ...(words && { words: [...new Set(words.map(({ word }) => word))] }),
})

export const REVIEW_OPERATIONS: readonly AnyOperation[] = [
  createReviewTemplate,
  listReviewTemplates,
  updateReviewTemplate,
  deleteReviewTemplate,
  judgeReview,
  showReviewPictures,
]
