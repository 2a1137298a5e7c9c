/** A member of a list in the form of RFC 9651: `"default";q=100;w=60`. */
export interface ListItem {
  /** Text without its quotes, or the bare token or number. */
  readonly value: string;
  /** By name; text without its quotes, a parameter without a value as empty text. */
  readonly parameters: ReadonlyMap<string, string>;
}

const PARAMETERS = /;[ \t]*([a-z*][\w.*-]*)(?:=("(?:[^"\\]|\\.)*"|[^\s",;]+))?/g;
const ITEM =
  /[ \t]*("(?:[^"\\]|\\.)*"|[^\s",;=]+)((?:[ \t]*;[ \t]*[a-z*][\w.*-]*(?:=(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)[ \t]*(,|$)/y;

/** Members beyond these are not looked at. */
const ITEMS_MAX = 100;

/** The members of a header that is a list; empty when any part of it is malformed, as the RFC asks. */
export function readList(header: string | undefined): ListItem[] {
  if (header === undefined) return [];
  const items: ListItem[] = [];
  const pattern = new RegExp(ITEM);
  while (pattern.lastIndex < header.length && items.length < ITEMS_MAX) {
    const match = pattern.exec(header);
    if (!match) return [];
    items.push({ value: unquoted(match[1] ?? ''), parameters: readParameters(match[2] ?? '') });
  }
  return items;
}

function readParameters(text: string): Map<string, string> {
  return new Map([...text.matchAll(PARAMETERS)].map(([, name = '', value = '']) => [name, unquoted(value)]));
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}
