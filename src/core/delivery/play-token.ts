import Type, { type Static } from 'typebox'
import { Check } from 'typebox/value'
import type { Sealer } from '../auth/sealer.ts'
import { type AssetId, parseAssetId } from '../shared/ids.ts'

/** What lets one viewer fetch the keys of one asset for a short time. Not stored: it is what it says, sealed. */
export interface PlayToken {
  readonly assetId: AssetId
  /** The tenant's name for the viewer: what its keys are counted and logged under. */
  readonly viewer: string
  /** The viewer's, where the tenant's server knows it: the token is good there only. */
  readonly address?: string
  readonly expiresAt: Date
}

export const MAX_TOKEN_SECONDS = 24 * 3600

const CONTEXT = 'play'

const TokenJson = Type.Object({
  asset: Type.String(),
  viewer: Type.String(),
  address: Type.Optional(Type.String()),
  expires: Type.Integer(),
})

export const sealPlayToken = (sealer: Sealer, { assetId, viewer, address, expiresAt }: PlayToken): string => {
  const json: Static<typeof TokenJson> = {
    ...{ asset: assetId, viewer, expires: expiresAt.getTime() },
    ...(address !== undefined && { address }),
  }
  return Buffer.from(sealer.seal(Buffer.from(JSON.stringify(json)), CONTEXT)).toString('base64url')
}

/** `undefined` for what this installation never issued. The seal is AES-GCM, whose tag is compared in constant time. */
export const openPlayToken = (sealer: Sealer, text: string): PlayToken | undefined => {
  if (!/^[\w-]{1,4096}$/.test(text)) return undefined
  const plain = sealer.open(Buffer.from(text, 'base64url'), CONTEXT)
  if (!plain) return undefined
  const json: unknown = JSON.parse(Buffer.from(plain).toString('utf8'))
  if (!Check(TokenJson, json)) return undefined
  const assetId = parseAssetId(json.asset)
  if (!assetId) return undefined
  const { viewer, address, expires } = json
  return { assetId, viewer, expiresAt: new Date(expires), ...(address !== undefined && { address }) }
}

export interface TokenUse {
  readonly assetId: AssetId
  readonly now: Date
  /** Whether the request comes from there. */
  readonly isFrom: (address: string) => boolean
}

/** Why this token does not open this asset here and now, as a plain sentence; `undefined`: it does. */
export const refuseToken = (token: PlayToken | undefined, { assetId, now, isFrom }: TokenUse): string | undefined => {
  if (!token) return 'This key needs a valid token.'
  if (token.expiresAt <= now) return 'The token has expired.'
  if (token.assetId !== assetId) return 'The token is for another asset.'
  if (token.address !== undefined && !isFrom(token.address)) return 'The token is for another viewer.'
  return undefined
}
