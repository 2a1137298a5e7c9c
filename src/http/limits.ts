export interface HttpLimits {
  /** Name look-up, TCP and TLS, and the tunnel through a proxy. Default 10 s. */
  readonly connectTimeoutMs: number;
  /** Before the next address of a name is tried. Default 1 s: Node's 250 ms are less than a round trip to another continent. */
  readonly addressTimeoutMs: number;
  /** From the request being written to the reply's headers. Default 30 s. */
  readonly headersTimeoutMs: number;
  /** Between two pieces of the body. Default 30 s. */
  readonly bodyTimeoutMs: number;
  /** The whole attempt, so that a trickle of bytes ends too. Default 120 s. */
  readonly totalTimeoutMs: number;
  /** Body bytes after decompression. Default 32 MiB. */
  readonly bodyBytesMax: number;
  /** Reply header bytes. Default 16 KiB. */
  readonly headerBytesMax: number;
  /** Connections side by side to one origin. Default 128. */
  readonly connectionsMax: number;
}

export const HTTP_LIMITS: HttpLimits = {
  connectTimeoutMs: 10_000,
  addressTimeoutMs: 1_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  totalTimeoutMs: 120_000,
  bodyBytesMax: 32 * 1024 * 1024,
  headerBytesMax: 16 * 1024,
  connectionsMax: 128,
};
