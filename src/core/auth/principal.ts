import type { ProjectId, UserId } from '../shared/ids.ts'

/** Who makes a request, once its signature or token was verified. */
export interface Principal {
  readonly userId: UserId
  readonly userName: string
  readonly role: 'operator' | 'member'
  /** Projects that the user was assigned to. */
  readonly projects: readonly ProjectId[]
  /** With a token: the project it is scoped to; absent for a domain-scoped token. With an access key: absent. */
  readonly tokenProject?: ProjectId
  /** With which the request was signed, also a temporary one. */
  readonly accessKey?: string
  readonly via: 'access_key' | 'temporary_key' | 'token'
}

/** What is lent must not become lasting: with a temporary key an operator could make keys and users that stay. */
export const isOperator = ({ role, via }: Pick<Principal, 'role' | 'via'>): boolean =>
  role === 'operator' && via !== 'temporary_key'
