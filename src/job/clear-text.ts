/** A secret that stands in a source file as it is. The value is not kept. */
export interface ClearTextSecret {
  /** Counts from 1. */
  readonly line: number;
  /** What it is assigned to. */
  readonly name: string;
}

/** Shorter literals are modes and markers, such as 'nomore'. */
const SECRET_CHARS_MIN = 8;

// `name: 'literal'`, `name = "literal"`, `'name': 'literal'`, `name: string = 'literal'`.
const ASSIGNMENT = /(['"]?)([\w$-]*)\1\s*(?::\s*string\s*)?[:=]\s*(['"`])((?:\\.|(?!\3)[^\\\n])*)\3/g;
const SECRET_NAME = /token|secret|passwo?r?d|api[_-]?key|access[_-]?key|private[_-]?key|sign[_-]?key/i;
// Names of a place where a secret is found, and the page tokens of paginated APIs.
const HARMLESS_NAME = /(?:field|path|name|param|header|url|uri|type|prefix|id)$|page|next|cursor|continuation/i;
const HARMLESS_VALUE = /^(?:env:|file:|https?:\/\/|\[secret )|\$\{/;

/**
 * String literals that are assigned to something named like a secret. A warning for the author, not a proof: it reads
 * text, not the syntax tree.
 */
export function clearTextSecrets(source: string): ClearTextSecret[] {
  return source
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(ASSIGNMENT)]
        .filter(([, , name = '', , value = '']) => isSecret(name, value))
        .map(([, , name = '']) => ({ line: index + 1, name })),
    );
}

function isSecret(name: string, value: string): boolean {
  if (value.length < SECRET_CHARS_MIN || HARMLESS_VALUE.test(value)) return false;
  return SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);
}
