import Type from 'typebox'

/** Whether it exists, or can exist, is core's to say. */
export const AssetIdText = Type.String({ minLength: 1, maxBytes: 128 })
