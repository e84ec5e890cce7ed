import type { ProjectId, UserId } from '../shared/ids.ts'

/** An operator manages users, projects, keys and bucket owners; a member works within the projects assigned to them. */
export type Role = 'operator' | 'member'

export interface Project {
  readonly id: ProjectId
  /** Unique. Clients look a project up by the region's name, so the first one bears that. */
  readonly name: string
}

/** With what it gets of the workers while others wait, too: 1 to `MAX_WEIGHT`. */
export interface WeightedProject extends Project {
  readonly weight: number
}

/** A user as every request sees them: loaded anew each time, so that a change of rights takes effect at once. */
export interface Identity {
  readonly id: UserId
  readonly name: string
  readonly role: Role
  readonly enabled: boolean
  /** Raised by every change of password or rights: what was issued under an older one is dead. */
  readonly tokenEpoch: number
  readonly createdAt: Date
  /** By name. */
  readonly projects: readonly Project[]
}

export interface AccessKey {
  readonly access: string
  readonly userName: string
  readonly createdAt: Date
}

/** Every user belongs to the one domain (the vendor's word for an account with users) that an installation is. */
export const DOMAIN = { id: '7e1ec19e7e1ec19e7e1ec19e7e1ec19e', name: 'telecine' } as const

/** More per user than anybody rotates through; bounds every list of keys. */
export const MAX_KEYS_PER_USER = 20
