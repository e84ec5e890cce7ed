import type { ProjectId, UserId } from '../shared/ids.ts'
import type { AccessKey, Identity, Project, Role, WeightedProject } from './account.ts'

/** One page of a list, from 0. */
export interface ListPage {
  readonly page: number
  readonly size: number
}

export interface Listed<T> {
  readonly items: readonly T[]
  readonly total: number
}

export interface NewAccount {
  readonly id: UserId
  readonly name: string
  readonly passwordHash: string
  readonly role: Role
  readonly projectIds: readonly ProjectId[]
}

export interface NewAccessKey {
  readonly access: string
  readonly userId: UserId
  readonly secretSealed: Uint8Array
}

export interface FirstStart {
  readonly project: Project
  readonly account: Omit<NewAccount, 'projectIds'>
  readonly key: Omit<NewAccessKey, 'userId'>
}

/** What an installation that was started before has of what the first start makes. */
export interface ExistingStart {
  readonly project?: Project
  readonly userName?: string
  readonly key?: { readonly access: string; readonly secretSealed: Uint8Array }
}

export type AccountChange =
  /** All of these raise the token epoch. */
  { readonly passwordHash: string } | { readonly enabled: boolean }

/** Users, projects and access keys. Every method is one statement or one transaction of its own. */
export interface AccountStore {
  /** With the sealed secret, in one statement: asked at every signed request. */
  keyHolder(access: string): Promise<{ readonly identity: Identity; readonly secretSealed: Uint8Array } | undefined>
  /** In one statement: asked at every request with a token. */
  identity(id: UserId): Promise<Identity | undefined>
  account(name: string): Promise<{ readonly identity: Identity; readonly passwordHash: string } | undefined>

  /** Names are unique: of simultaneous inserts one wins. `no_project`: one of the projects does not exist. */
  insertAccount(account: NewAccount): Promise<'inserted' | 'name_taken' | 'no_project'>
  listAccounts(page: ListPage): Promise<Listed<Identity>>
  /** With keys and memberships. `last_operator`: nobody could manage anything afterwards. */
  removeAccount(name: string): Promise<'removed' | 'absent' | 'last_operator'>
  updateAccount(name: string, change: AccountChange): Promise<'changed' | 'absent' | 'last_operator'>
  /** Raises the token epoch when it changes anything; repeats succeed. */
  setMembership(
    userName: string,
    projectName: string,
    membership: 'assigned' | 'unassigned',
  ): Promise<'done' | 'no_user' | 'no_project'>

  insertProject(project: Project): Promise<'inserted' | 'name_taken'>
  listProjects(page: ListPage): Promise<Listed<WeightedProject>>
  setWeight(projectName: string, weight: number): Promise<'set' | 'absent'>
  /** `in_use`: it has assets that are not deleted. */
  removeProject(name: string): Promise<'removed' | 'absent' | 'in_use'>

  /** At most `MAX_KEYS_PER_USER`. */
  insertKey(key: NewAccessKey): Promise<'inserted' | 'too_many'>
  keysOf(userId: UserId): Promise<readonly AccessKey[]>
  /** Only a key of that user, when one is named. */
  removeKey(access: string, ownerId?: UserId): Promise<'removed' | 'absent'>

  /** `undefined`: there is no account yet. The project is the one named so, else the oldest. */
  existingStart(projectName: string): Promise<ExistingStart | undefined>
  /**
   * Makes project, operator and key in one transaction, unless there is an account already. Processes that start at once
   * take turns: exactly one makes them.
   */
  firstStart(start: FirstStart): Promise<'made' | 'already_made'>
}

export interface BucketOwnership {
  readonly bucket: string
  readonly projectId: ProjectId
  readonly projectName: string
  readonly authorized: boolean
}

/** Which project a tenant bucket belongs to, and whether we may read it now. The bucket's name is the primary key. */
export interface BucketStore {
  owner(bucket: string): Promise<{ readonly projectId: ProjectId; readonly authorized: boolean } | undefined>
  /** Owns the bucket for the project and authorises it, unless it belongs to another: then `other_project`. Atomic. */
  authorize(projectId: ProjectId, bucket: string): Promise<'authorized' | 'other_project'>
  /**
   * Keeps the ownership. Nothing happens to a bucket that is not the project's, nor to one that results of its assets go to, or
   * that those of deleted assets have not been swept from: then `is_output`, also for an asset that is being made at the same time.
   */
  revoke(projectId: ProjectId, bucket: string): Promise<'revoked' | 'is_output'>
  /** Moves the ownership; a grant does not move with it. */
  assign(bucket: string, projectName: string): Promise<'assigned' | 'no_project'>
  /** Forgets owner and grant. */
  release(bucket: string): Promise<'released' | 'absent'>
  /** Of one project, or of all; by name. */
  list(page: ListPage, projectId?: ProjectId): Promise<Listed<BucketOwnership>>
}
