import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressKind } from '../../sandbox/wasi/networkAddress.ts';
import { NetworkPolicy } from '../../sandbox/wasi/networkPolicy.ts';

describe('kinds of addresses', () => {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    public: [
      '8.8.8.8',
      '1.1.1.1',
      '172.32.0.1',
      '2606:4700::1111',
      '::ffff:8.8.8.8',
      '64:ff9b::808:808',
      '2002:808:808::1',
    ],
    loopback: [
      '127.0.0.1',
      '127.255.255.254',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::127.0.0.1',
      '64:ff9b::127.0.0.1',
      '2002:7f00:1::',
      '::ffff:0:127.0.0.1',
    ],
    private: [
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      'fc00::1',
      'fd00:ec2::254',
      'fec0::1',
      '64:ff9b:1::1',
    ],
    'link-local': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', '::ffff:169.254.169.254'],
    shared: ['100.64.0.1', '100.100.100.200'],
    multicast: ['224.0.0.1', 'ff02::1'],
    unspecified: ['0.0.0.0', '::'],
    reserved: [
      '0.1.2.3',
      '168.63.129.16',
      '192.0.2.1',
      '198.18.0.1',
      '240.0.0.1',
      '255.255.255.255',
      '2001::1',
      '2001:db8::1',
      '4000::1',
      '100::1',
      // No addresses at all.
      '',
      'example.com',
      '1.2.3',
      '256.1.1.1',
      '01.2.3.4',
      '::1::',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
    ],
  };
  for (const [kind, addresses] of Object.entries(kinds)) {
    test(kind, () => {
      for (const address of addresses) assert.equal(addressKind(address), kind, address);
    });
  }
});

describe('what may be asked for', () => {
  const policy = new NetworkPolicy([
    'api.example.com:443',
    '.sub.example:80',
    'LOCALHOST:8080',
    '[::1]:8080',
    'bücher.example:443',
    '10.0.0.5:80',
    '.0.0.1:80',
    'no port',
    'x:0',
  ]);

  const granted: Readonly<Record<string, string>> = {
    'https://api.example.com/path?query#part': 'api.example.com 443',
    'https://API.Example.COM./': 'api.example.com 443',
    'https://api.example.com:0443': 'api.example.com 443',
    'http://a.sub.example/': 'a.sub.example 80',
    'http://a.b.sub.example.': 'a.b.sub.example 80',
    'http://localhost:8080': 'localhost 8080',
    'http://[0:0:0:0:0:0:0:1]:8080': '::1 8080',
    'https://xn--bcher-kva.example': 'xn--bcher-kva.example 443',
    'https://b%C3%BCcher.example': 'xn--bcher-kva.example 443',
    'http://10.0.0.5': '10.0.0.5 80',
    // The same address in octal, hexadecimal and as one number.
    'http://012.0.0.05': '10.0.0.5 80',
    'http://0xa.0.5': '10.0.0.5 80',
    'http://167772165': '10.0.0.5 80',
    ' http://10.0.0.5\n': '10.0.0.5 80',
    'http:\\\\10.0.0.5\\': '10.0.0.5 80',
  };
  for (const [url, endpoint] of Object.entries(granted)) {
    test(JSON.stringify(url), () => {
      const verdict = policy.check(url);
      assert.equal(verdict.kind === 'granted' && `${verdict.endpoint.host} ${verdict.endpoint.port}`, endpoint);
    });
  }

  const refused: Readonly<Record<string, string>> = {
    'https://example.com': 'example.com:443',
    'http://api.example.com': 'api.example.com:80',
    'https://api.example.com:8443': 'api.example.com:8443',
    'https://evilapi.example.com': 'evilapi.example.com:443',
    'https://api.example.com.evil.example': 'api.example.com.evil.example:443',
    'http://sub.example': 'sub.example:80',
    'http://evilsub.example': 'evilsub.example:80',
    // Addresses have no subdomains.
    'http://127.0.0.1': '127.0.0.1:80',
    'http://[::ffff:10.0.0.5]': '[::ffff:a00:5]:80',
    'http://[::1]:80': '[::1]:80',
  };
  for (const [url, target] of Object.entries(refused)) {
    test(`${url} is refused`, () => {
      const verdict = policy.check(url);
      assert.equal(verdict.kind === 'refused' && verdict.refusal.target, target);
    });
  }

  const failed: Readonly<Record<string, string>> = {
    'ftp://api.example.com': 'PROTONOSUPPORT',
    'file:///etc/passwd': 'PROTONOSUPPORT',
    'data:text/plain,x': 'PROTONOSUPPORT',
    'blob:https://api.example.com/x': 'PROTONOSUPPORT',
    'https://user@api.example.com': 'INVAL',
    'https://api.example.com:443@evil.example/': 'INVAL',
    'http://.sub.example': 'INVAL',
    'http://api.example.com:99999': 'INVAL',
    'http://': 'INVAL',
    '//api.example.com': 'INVAL',
    '': 'INVAL',
    'http://a b': 'INVAL',
    'http://a%00b': 'INVAL',
  };
  for (const [url, errno] of Object.entries(failed)) {
    test(`${url || 'nothing'} cannot be asked for`, () =>
      assert.deepEqual(policy.check(url), { kind: 'failed', errno }));
  }
});

describe('where a granted name may lead', () => {
  const policy = new NetworkPolicy(['a.example:80', 'localhost:80', '10.0.0.5:80', '[fd00::5]:80', '127.0.0.1:81']);
  const leads: readonly [host: string, port: number, address: string, permitted: boolean][] = [
    ['a.example', 80, '8.8.8.8', true],
    ['a.example', 80, '2606:4700::1111', true],
    ['a.example', 80, '127.0.0.1', false],
    ['a.example', 80, '::1', false],
    ['a.example', 80, '169.254.169.254', false],
    ['a.example', 80, '10.0.0.6', false],
    // Listed itself, with this port.
    ['a.example', 80, '10.0.0.5', true],
    ['a.example', 443, '10.0.0.5', false],
    ['a.example', 80, 'fd00:0:0::5', true],
    ['a.example', 80, '::ffff:10.0.0.5', false],
    ['localhost', 80, '127.0.0.1', true],
    ['localhost', 80, '::1', true],
    ['localhost', 80, '10.0.0.6', false],
    ['127.0.0.1', 81, '127.0.0.1', true],
  ];
  for (const [host, port, address, permitted] of leads) {
    test(`${host}:${port} at ${address}: ${permitted}`, () => {
      assert.equal(policy.permits({ host, port }, address), permitted);
    });
  }
});
