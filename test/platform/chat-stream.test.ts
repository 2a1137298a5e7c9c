import { unstreamed } from '../../src/platform/chat-stream';
import { replyOf } from './setup';

const EVENTS = { 'content-type': 'text/event-stream' };

const read = (body: string, headers: Record<string, string> = EVENTS): unknown => {
  return JSON.parse(unstreamed(replyOf(body, 200, headers)).body);
};
const CUT_OFF = { error: { code: 'STREAM_CUT_OFF', message: 'the stream ended before the model had finished' } };

const piece = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c1', model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...more }], usage: null })}\n\n`;
const USAGE = 'data: {"choices":[],"usage":{"total_tokens":7}}\n\n';
const DONE = 'data: [DONE]\n\n';

describe('a streamed reply', () => {
  it('becomes what it would have been unstreamed', () => {
    const body = [
      ': keep-alive\n\n',
      piece({ role: 'assistant', content: '' }),
      piece({ reasoning_content: 'hm' }),
      piece({ reasoning_content: 'm' }),
      piece({ content: 'Hel' }),
      piece({ content: 'lo' }),
      piece({}, { finish_reason: 'stop' }),
      USAGE,
      DONE,
    ].join('');
    expect(read(body)).toEqual({
      id: 'c1',
      model: 'm',
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', reasoning_content: 'hmm' },
          finish_reason: 'stop',
        },
      ],
      usage: { total_tokens: 7 },
    });
  });

  it('puts the calls of tools together, each by its index', () => {
    const body = [
      piece({ tool_calls: [{ index: 0, id: 't0', type: 'function', function: { name: 'find', arguments: '' } }] }),
      piece({ tool_calls: [{ index: 1, id: 't1', type: 'function', function: { name: 'sum', arguments: '{}' } }] }),
      piece({ tool_calls: [{ index: 0, function: { arguments: '{"q":' } }] }),
      piece({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }, { finish_reason: 'tool_calls' }),
    ].join('');
    expect(read(body)).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: null,
            tool_calls: [
              { id: 't0', type: 'function', function: { name: 'find', arguments: '{"q":1}' } },
              { id: 't1', type: 'function', function: { name: 'sum', arguments: '{}' } },
            ],
          },
        },
      ],
    });
  });

  it('keeps choices apart', () => {
    const body = [
      piece({ content: 'b' }, { index: 1, finish_reason: 'stop' }),
      piece({ content: 'a' }, { finish_reason: 'length' }),
    ].join('');
    expect(read(body)).toMatchObject({
      choices: [
        { index: 0, message: { content: 'a' }, finish_reason: 'length' },
        { index: 1, message: { content: 'b' }, finish_reason: 'stop' },
      ],
    });
  });

  it('is read with any line end, and without its content type', () => {
    const body = (piece({ content: 'a' }, { finish_reason: 'stop' }) + DONE).replaceAll('\n', '\r\n');
    expect(read(body, {})).toMatchObject({ choices: [{ message: { content: 'a' } }] });
  });

  it('is an error when one of its choices has not finished', () => {
    expect(read(piece({ content: 'a' }, { finish_reason: 'stop' }) + piece({ content: 'b' }, { index: 1 }))).toEqual(
      CUT_OFF,
    );
  });

  it('is an error when it is cut off', () => {
    expect(read(piece({ content: 'a' }))).toEqual(CUT_OFF);
    expect(read(`${piece({ content: 'a' })}data: {"choi`)).toEqual(CUT_OFF);
  });

  it('is the error that an event tells of, however it is told', () => {
    expect(read(piece({ content: 'a' }) + 'data: {"error":{"code":"1302"}}\n\n')).toEqual({ error: { code: '1302' } });
    expect(read('event: error\ndata: {"code":500}\n\n')).toEqual({ error: { code: 500 } });
    expect(read('event: error\ndata: out of order\n\n')).toEqual({ error: { message: 'out of order' } });
  });
});

describe('a reply that is no stream', () => {
  it('stays what it is', () => {
    const plain = replyOf({ choices: [] });
    expect(unstreamed(plain)).toBe(plain);
    const error = replyOf({ error: { code: '1302' } }, 429, EVENTS);
    expect(unstreamed(error)).toBe(error);
  });
});
