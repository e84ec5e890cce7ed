import { lookup as resolve } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The host is, or leads to, no address that everybody may reach; or it leads to none at all: strangers are not told which. */
export class NoPublicAddressError extends Error {
  override readonly name = 'NoPublicAddressError'

  constructor() {
    super('its host has no public address')
  }
}

/** Whether it is an ordinary address of the internet: none of this machine, of a private network, of a tunnel into one, ... */
export const isPublicAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'

/** The host of a URL when it is an address itself: then nothing is looked up. */
export const literalAddress = ({ hostname }: URL): string | undefined => {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) ? bare : undefined
}

/**
 * For connections: whoever connects with it goes to the very addresses that were looked at, whatever the name leads to a moment
 * later. One address that is not public spoils the name.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const refusal = refusalOf(error, addresses)
    const [first] = addresses ?? []
    if (refusal || !first) return callback(refusal ?? new NoPublicAddressError(), '', 0)
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
  })
}

const refusalOf = (
  error: NodeJS.ErrnoException | null,
  addresses: readonly { readonly address: string }[],
): NodeJS.ErrnoException | undefined => {
  if (error) return error.code === 'ENOTFOUND' ? new NoPublicAddressError() : error
  return addresses.every(({ address }) => isPublicAddress(address)) ? undefined : new NoPublicAddressError()
}
