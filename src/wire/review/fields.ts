import Type from 'typebox'

/** The reference page requires `template_id`; the older inline thresholds that SDKs still send are ignored there. */
export const ReviewOption = Type.Object({ template_id: Type.String({ minLength: 1, maxBytes: 128 }) })
