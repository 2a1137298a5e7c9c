import { aliyun } from '../../../src/platform/bundled/aliyun';
import { NOW_MS, replyOf } from '../setup';

it.each([
  { RequestId: '1', Code: '200' },
  { RequestId: '1', Code: 200, Success: true },
  { RequestId: '1', Code: 'Success' },
  { RequestId: '1', code: 200, success: true, data: [] },
  { RequestId: '1', Regions: { Region: [] } },
])('is told of a success by %j', (body) => {
  expect(aliyun.about.example().classify(replyOf(body), { scope: {}, nowMs: NOW_MS }).kind).toBe('ok');
});
