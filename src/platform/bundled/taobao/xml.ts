import type { HttpReply } from '../../platform';

/**
 * TOP answers in XML where it did not get as far as `format=json`. Its error is read without a parser, out of the few elements
 * that it has, and becomes the JSON that TOP would have sent. Any other XML stays what it is, and is no success.
 */
export function withJsonError(reply: HttpReply): HttpReply {
  if (!ERROR.test(reply.body)) return reply;
  const fields = NAMES.map((name) => [name, elementOf(reply.body, name)]).filter(([, text]) => text !== null);
  return { ...reply, body: JSON.stringify({ error_response: Object.fromEntries(fields) as object }) };
}

const NAMES = ['code', 'msg', 'sub_code', 'sub_msg', 'request_id'] as const;
const ERROR = /^\s*(?:<\?xml[^>]{0,200}\?>\s*)?<error_response[\s>/]/;
const TEXT_CHARS_MAX = 2_000;

function elementOf(xml: string, name: string): string | null {
  const start = xml.indexOf(`<${name}>`);
  const end = xml.indexOf(`</${name}>`, start);
  if (start < 0 || end < 0) return null;
  const text = xml.slice(start + name.length + 2, Math.min(end, start + TEXT_CHARS_MAX));
  return text
    .replace(/^\s*<!\[CDATA\[/, '')
    .replace(/\]\]>\s*$/, '')
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES[entity] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
