/** Something about a store that is not as it should be. */
export interface StoreFinding {
  /** What kind: stable, for scripts. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly what: string;
  readonly todo: string;
}
