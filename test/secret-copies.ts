const COPY_CHARS_MIN = 6;

/**
 * The texts that give a secret away, worked out without the code that looks for them: whole, by line, escaped, encoded,
 * and what three bytes or more of it are in base64, wherever it stands in a longer text.
 */
export function copiesOf(secret: string): string[] {
  const texts = [secret, ...secret.split('\n')].filter((text) => text.length >= COPY_CHARS_MIN);
  const copies = texts.flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    JSON.stringify(JSON.stringify(text)).slice(3, -3),
    percentEncoded(text),
    percentEncoded(text).toLowerCase(),
    new URLSearchParams({ text }).toString().slice(5),
    Buffer.from(text).toString('hex'),
    Buffer.from(text).toString('hex').toUpperCase(),
    ...[0, 1, 2].flatMap((before) => inBase64(text, before)),
  ]);
  return [...new Set(copies)].filter((copy) => copy.length >= COPY_CHARS_MIN);
}

/** `encodeURIComponent` refuses half a character. */
function percentEncoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

function inBase64(text: string, before: number): string[] {
  const start = (3 - before) % 3;
  const bytes = Buffer.from(text);
  const whole = bytes.subarray(start, bytes.length - ((bytes.length - start) % 3));
  return [whole.toString('base64'), whole.toString('base64url')];
}
