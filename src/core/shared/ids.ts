declare const brand: unique symbol
type Branded<T extends string> = string & { readonly [brand]: T }

/** 32 lower-case hex digits; clients turn it into a UUID, so never anything else. */
export type AssetId = Branded<'asset'>
/** 32 lower-case hex digits. */
export type ProjectId = Branded<'project'>
/** 32 lower-case hex digits. */
export type UserId = Branded<'user'>

const HEX_32 = /^[0-9a-f]{32}$/

/** `undefined` when the text is no id: whoever asks knows which problem that is to its caller. */
export const parseAssetId = (text: string): AssetId | undefined => (HEX_32.test(text) ? (text as AssetId) : undefined)
export const parseProjectId = (text: string): ProjectId | undefined =>
  HEX_32.test(text) ? (text as ProjectId) : undefined
export const parseUserId = (text: string): UserId | undefined => (HEX_32.test(text) ? (text as UserId) : undefined)

/** Makes a fresh id of 32 hex digits. A port, so that tests may count on one. */
export type NewId = () => string
