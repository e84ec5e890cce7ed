export interface ScoreQuestion {
  readonly id: number
  /** Looked at together. */
  readonly jpegs: readonly Uint8Array[]
}

export type ScoreAnswer =
  /** Of each picture, in the order of the model's classes. */
  | { readonly id: number; readonly scores: readonly (readonly number[])[] }
  | { readonly id: number; readonly error: string }
