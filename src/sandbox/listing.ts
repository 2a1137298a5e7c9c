/** What a list API found: one page, or a request that it cannot answer. */
export type Listing =
  | { kind: 'page'; page: string; recordCount: number; data: object }
  | { kind: 'invalid'; result: number; message: string; data: object };
