export interface ScoreQuestion {
  readonly id: number
  readonly jpeg: Uint8Array
}

export type ScoreAnswer =
  /** In the order of the model's classes. */
  { readonly id: number; readonly scores: readonly number[] } | { readonly id: number; readonly error: string }
