const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration such as `500ms`, `10s`, `1m`, `5h`, `7d`; null when the text is none. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match?.[1] || !match[2]) return null;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** A duration for people: `850 ms`, `4.2 s`, `3 min 20 s`, `5 h 12 min`, `2 d 3 h`. */
export function formatDuration(ms: number): string {
  // Rounded to what is shown before it is compared: 59.7 s is a minute, not 60 s.
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const wholeMs = Math.round(ms / 1_000) * 1_000;
  if (wholeMs < 60_000) return `${wholeMs / 1_000} s`;
  if (wholeMs < 3_600_000) return pair({ ms: wholeMs, bigMs: 60_000, big: 'min', smallMs: 1_000, small: 's' });
  if (wholeMs < 86_400_000) return pair({ ms: wholeMs, bigMs: 3_600_000, big: 'h', smallMs: 60_000, small: 'min' });
  return pair({ ms: wholeMs, bigMs: 86_400_000, big: 'd', smallMs: 3_600_000, small: 'h' });
}

function pair({
  ms,
  bigMs,
  big,
  smallMs,
  small,
}: {
  ms: number;
  bigMs: number;
  big: string;
  smallMs: number;
  small: string;
}): string {
  const whole = Math.floor(ms / bigMs);
  const rest = Math.floor((ms - whole * bigMs) / smallMs);
  return rest === 0 ? `${whole} ${big}` : `${whole} ${big} ${rest} ${small}`;
}
