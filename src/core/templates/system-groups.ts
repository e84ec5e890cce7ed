/** The template groups that every project has. `type` equals the name on the wire. */
export const SYSTEM_GROUPS = [
  'non_transcoding_template_group',
  'system_template_group',
  'original_template_group',
  'adaptive_template_group',
] as const
export type SystemGroup = (typeof SYSTEM_GROUPS)[number]

/** Groups that exist and can be used today; the others are refused as not built rather than silently not transcoded. */
export const isSystemGroup = (name: string): name is SystemGroup => (SYSTEM_GROUPS as readonly string[]).includes(name)

/** None named means `non_transcoding_template_group` (decisions.md 5.11). */
export const transcodes = (templateGroup: string | undefined): boolean => templateGroup === 'system_template_group'
