/** `[startMs, endMs)`, epoch milliseconds. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** The same instants as spans that are apart from each other and rise. Empty ones go. */
export function union(spans: readonly Span[]): Span[] {
  const rising = spans.filter(({ startMs, endMs }) => endMs > startMs).sort((a, b) => a.startMs - b.startMs);
  const apart: Span[] = [];
  for (const span of rising) {
    const last = apart.at(-1);
    if (last === undefined || last.endMs < span.startMs) apart.push(span);
    else apart[apart.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, span.endMs) };
  }
  return apart;
}

/** What lies in both. Each is apart and rises. */
export function intersection(some: readonly Span[], others: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (let [at, other] = [0, 0]; at < some.length && other < others.length; ) {
    const [a, b] = [some[at], others[other]] as [Span, Span];
    const span = { startMs: Math.max(a.startMs, b.startMs), endMs: Math.min(a.endMs, b.endMs) };
    if (span.startMs < span.endMs) found.push(span);
    if (a.endMs < b.endMs) at += 1;
    else other += 1;
  }
  return found;
}

/** What of the first is not in the second. Each is apart and rises. */
export function difference(spans: readonly Span[], taken: readonly Span[]): Span[] {
  return spans.flatMap((span) => {
    const left: Span[] = [];
    let { startMs } = span;
    for (const hole of taken) {
      if (hole.endMs <= startMs || hole.startMs >= span.endMs) continue;
      if (hole.startMs > startMs) left.push({ startMs, endMs: hole.startMs });
      startMs = hole.endMs;
    }
    if (startMs < span.endMs) left.push({ startMs, endMs: span.endMs });
    return left;
  });
}
