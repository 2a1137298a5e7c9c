import { isEnvelope } from './envelope';

/** The same reply as a platform may come to word it. */
export interface Drift {
  /** `in capitals`, for the name of a test. */
  readonly name: string;
  readonly body: unknown;
}

/**
 * A reply's body in the ways in which platforms have changed their wording without notice: other case, line breaks, text
 * put in between, codes as number or as text. Empty for a body that is no JSON object or list.
 */
export function driftsOf(body: unknown): Drift[] {
  if (!isEnvelope(body) && !Array.isArray(body)) return [];
  const original = JSON.stringify(body);
  return WAYS.map(({ name, word, code }) => ({
    name,
    body: rewritten(body, { word: word ?? same, code: code ?? same }),
  })).filter((drift) => JSON.stringify(drift.body) !== original);
}

/** The same body with other words in every message of it. */
export function withMessages(body: unknown, words: string): unknown {
  return rewritten(body, { word: () => words, code: same });
}

type Rewrite = (value: string) => unknown;

interface Way {
  readonly name: string;
  /** What becomes of a message. */
  readonly word?: Rewrite;
  /** What becomes of a whole number, whether it was written as text or not. */
  readonly code?: Rewrite;
}

const INSERTED = '（详情请见开放平台公告 see the notice）';

const WAYS: readonly Way[] = [
  { name: 'in capitals', word: (text) => text.toUpperCase() },
  { name: 'in lower case', word: (text) => text.toLowerCase() },
  { name: 'over several lines', word: (text) => text.replace(/\s+/g, '\r\n  ').replace(/([，。；])/g, '$1\n') },
  { name: 'with text inserted', word: (text) => text.replace(/([，。；]|, )/g, `$1${INSERTED}$1`) },
  { name: 'with text around', word: (text) => `${INSERTED} ${text} ${INSERTED}` },
  { name: 'in full-width signs', word: (text) => text.replaceAll(', ', '，').replaceAll(': ', '：') },
  { name: 'with codes as numbers', code: Number },
  { name: 'with codes as text', code: (digits) => digits },
];

const same: Rewrite = (value) => value;

/** Numbers that are codes stand under names like these; others are figures, whose kind is part of the format. */
const CODE_NAME = /code|errno|^result$|^status$/i;

function rewritten(value: unknown, rewrite: { word: Rewrite; code: Rewrite }, name = ''): unknown {
  if (Array.isArray(value)) return value.map((part: unknown) => rewritten(part, rewrite, name));
  if (isEnvelope(value))
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, rewritten(part, rewrite, key)]));
  if (CODE_NAME.test(name) && /^\d{1,15}$/.test(String(value)))
    return rewrite.code === same ? value : rewrite.code(String(value));
  return typeof value === 'string' && isMessage(value) ? rewrite.word(value) : value;
}

/** Words, not a name, a code or a date. */
function isMessage(text: string): boolean {
  return /\p{Script=Han}|[A-Za-z]\S*\s+\S*[A-Za-z]/u.test(text) && !/^\s*[{[<]/.test(text);
}
