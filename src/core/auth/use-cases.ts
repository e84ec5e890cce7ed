import type { BucketGrants } from '../shared/bucket-grants.ts'
import type { ProjectId, UserId } from '../shared/ids.ts'
import type { AccessKey, Identity, Project, WeightedProject } from './account.ts'
import type { AuthorizeBucket } from './authorize-bucket.ts'
import type { BootstrapCommand, Bootstrapped } from './bootstrap.ts'
import type { KeyOwner } from './manage-access-keys.ts'
import type { AddUser, SetPassword } from './manage-users.ts'
import type { BucketOwnership, Listed, ListPage } from './ports.ts'
import type { Principal } from './principal.ts'
import type { SignInCommand, SignInResult, TemporaryKeyResult } from './sign-in.ts'
import type { AccessKeyLookup, TemporaryKeyLookup, TokenCheck } from './verify-credentials.ts'

/** What other layers may ask of accounts and grants. Throws `DomainError` as each use case says in its own file. */
export interface AuthUseCases extends BucketGrants {
  lookUpAccessKey(access: string): Promise<AccessKeyLookup>
  lookUpTemporaryKey(access: string, securityToken: string): Promise<TemporaryKeyLookup>
  checkToken(token: string): Promise<TokenCheck>
  signIn(command: SignInCommand): Promise<SignInResult>
  issueTemporaryKey(token: string, durationSeconds: number): Promise<TemporaryKeyResult>
  /** `undefined` when the user was removed meanwhile. */
  showUser(id: UserId): Promise<Identity | undefined>

  addUser(command: AddUser): Promise<Identity>
  listUsers(page: ListPage): Promise<Listed<Identity>>
  removeUser(name: string): Promise<void>
  setUserEnabled(name: string, enabled: boolean): Promise<void>
  setPassword(command: SetPassword): Promise<void>
  setMembership(userName: string, projectName: string, membership: 'assigned' | 'unassigned'): Promise<void>

  addProject(name: string): Promise<Project>
  listProjects(page: ListPage): Promise<Listed<WeightedProject>>
  setWeight(projectName: string, weight: number): Promise<void>
  removeProject(name: string): Promise<void>

  addAccessKey(owner: KeyOwner): Promise<{ readonly access: string; readonly secret: string }>
  listAccessKeys(owner: KeyOwner): Promise<readonly AccessKey[]>
  removeAccessKey(by: Principal, access: string): Promise<void>

  authorizeBucket(command: AuthorizeBucket): Promise<void>
  addBucket(projectId: ProjectId, bucket: string): Promise<void>
  listBuckets(page: ListPage, projectId?: ProjectId): Promise<Listed<BucketOwnership>>
  assignBucket(bucket: string, projectName: string): Promise<void>
  removeBucket(bucket: string): Promise<void>

  bootstrap(command: BootstrapCommand): Promise<Bootstrapped>
}
