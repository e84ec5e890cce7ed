import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
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
 * later. One address that is not public spoils the name. Servers of names are asked directly: of the system's look-ups a process has
 * two at a time, so a stranger's name whose servers are silent would hold up those of all others.
 */
export const publicLookup =
  (resolver: () => Names = systemNames): LookupFunction =>
  (hostname, options, callback) => {
    addressesOf(resolver(), hostname).then(
      (addresses) => {
        const wanted = addresses.filter(({ family }) => !options.family || options.family === family)
        const [first] = wanted
        if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
          return callback(new NoPublicAddressError(), '', 0)
        }
        return options.all ? callback(null, wanted) : callback(null, first.address, first.family)
      },
      (error) => callback(error, '', 0),
    )
  }

type Names = Pick<Resolver, 'resolve4' | 'resolve6'>

const systemNames = (): Names => new Resolver({ timeout: 2_000, tries: 2 })

/** Those of both families; of one that cannot be asked for the other one is enough. */
const addressesOf = async (names: Names, hostname: string): Promise<readonly LookupAddress[]> => {
  if (/(?:^|\.)localhost\.?$/.test(hostname)) return []
  const found = await Promise.allSettled([names.resolve4(hostname), names.resolve6(hostname)])
  const addresses = found.flatMap((one, n) =>
    one.status === 'fulfilled' ? one.value.map((address) => ({ address, family: n === 0 ? 4 : 6 })) : [],
  )
  const unknown = found.find((one) => one.status === 'rejected' && !NOTHING.has(one.reason.code))
  if (addresses.length === 0 && unknown?.status === 'rejected') throw unknown.reason
  return addresses
}

/** There is no such name, or it has no addresses of that family. */
const NOTHING: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA'])
