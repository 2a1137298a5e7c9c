/** Work that its caller may put down where it yields. Taken to its end at once. */
export function finish<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same with a rest after each step, so that whatever else the process does goes on in between. */
export async function finishCalmly<Result>(steps: Generator<void, Result>, rest: () => Promise<void>): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await rest();
  }
}
