import {
  gmt8Time,
  hmacBetween,
  md5Between,
  sortedJson,
  sortedText,
  textFields,
} from '../../src/platform/sorted-signature';

describe('a signature over sorted parameters', () => {
  it('is the one that Pinduoduo prints', () => {
    // https://open.pinduoduo.com/application/document/browse?idStr=8EC06C399636041E
    const fields = {
      access_token: 'asd78172s8ds9a921j9qqwda12312w1w21211',
      client_id: '1',
      data_type: 'XML',
      type: 'pdd.order.number.list.get',
      timestamp: '1480411125',
      order_status: '1',
      page: '1',
      page_size: '10',
    };
    expect(md5Between(sortedText(fields), 'testSecret')).toBe('E4DE3ED21002510DED352819E7AE6775');
  });

  it('is the one that Taobao prints', () => {
    // https://developer.alibaba.com/docs/doc.htm?articleId=101617&docType=1&treeId=780
    const fields = {
      method: 'taobao.item.seller.get',
      app_key: '12345678',
      session: 'test',
      timestamp: '2016-01-01 12:00:00',
      format: 'json',
      v: '2.0',
      sign_method: 'md5',
      fields: 'num_iid,title,nick,price,num',
      num_iid: '11223344',
    };
    expect(md5Between(sortedText(fields), 'helloworld')).toBe('66987CB115214E59E6EC978214934FB8');
  });

  it('is the one that JD prints', () => {
    // https://open.jd.com/v2/#/doc/dev-guide?listId=2643
    const fields = {
      '360buy_param_json':
        '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT","page":"1","page_size":"200","start_date":null}',
      access_token: 'yourtoken',
      app_key: 'yourappkey',
      method: 'jingdong.pop.order.search',
      timestamp: '2021-05-07 09:20:39.683+0800',
      v: '2.0',
    };
    expect(md5Between(sortedText(fields), 'yourappSecret')).toBe('D70825340F4084360B9362B60DFD7930');
  });

  it('is the one that TikTok Shop prints', () => {
    // https://partner.tiktokshop.com/docv2/page/sign-your-api-request
    const text = `/authorization/202309/shops${sortedText({ timestamp: '1623812664', app_key: '29a39d' })}`;
    expect(hmacBetween(text, 'e59af819cc')).toBe('b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8');
  });
});

describe('parameters', () => {
  it('are sent as text, those without a value not at all', () => {
    const fields = textFields('any', {
      page: 2,
      all: true,
      ids: [1, 'b'],
      note: '',
      gone: null,
      left: undefined,
      no: 0,
    });
    expect(fields).toEqual({ page: '2', all: 'true', ids: '[1,"b"]', no: '0' });
  });

  it('become JSON with every name in order', () => {
    expect(sortedJson('any', { b: { d: 1, c: [{ z: 1, y: '中<&' }] }, a: null })).toBe(
      '{"a":null,"b":{"c":[{"y":"中<&","z":1}],"d":1}}',
    );
  });

  it('that JSON cannot hold are told to the job', () => {
    expect(() => sortedJson('any', { n: 1n })).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }) as Error);
  });
});

it('tells the time of GMT+8 whatever the zone of this machine', () => {
  expect(gmt8Time(Date.parse('2016-01-01T04:00:00.683Z'))).toBe('2016-01-01 12:00:00.683');
});
