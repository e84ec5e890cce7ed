import type { Tenant } from './support.ts'

export const GROUP = 'system_template_group'

/** The id of the review template that every project has. */
export const systemReview = async (by: Tenant): Promise<string> =>
  Object((await by.native('GET', '/review-templates'))['templates'])[0].template_id

/** All tasks that a workflow can have. */
export const everything = (review: string) => ({
  transcode: { template_group_name: GROUP },
  thumbnail: { type: 'time', time: 5, cover_position: 1, format: 1, aspect_ratio: 0 },
  review: { template_id: review },
  extract_audio: { format: 'MP3' },
})
