import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { HttpClient, type HttpSurroundings } from '../../sandbox/guest/network/httpClient.ts';
import type { HttpReply, HttpRequest } from '../../sandbox/wasi/httpRequest.ts';
import { type Answer, WebServer } from './webServer.ts';

interface Setting extends Partial<HttpSurroundings['network']> {
  readonly resolve?: HttpSurroundings['resolve'];
  readonly now?: () => number;
}

function client({ resolve, now = () => performance.now(), ...network }: Setting): HttpClient {
  return new HttpClient({
    network: { allow: [], maxResponseSize: 1 << 20, timeout: 10_000, ...network },
    now,
    ...(resolve && { resolve }),
  });
}

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, headers: [], body: undefined, ...more };
}

/** A server that is listed by its address, and what asking it gives. */
async function ask(answer: Answer, more: Partial<HttpRequest> = {}, setting: Setting = {}) {
  const server = await WebServer.start(answer);
  const reply = await client({ allow: [`127.0.0.1:${server.port}`], ...setting }).perform(get(server.url('/'), more));
  return { server, reply };
}

function textOf(reply: HttpReply): string {
  return reply.kind === 'response' ? Buffer.from(reply.body).toString() : JSON.stringify(reply);
}

const REDIRECTS: Answer = ({ path }, response) => {
  const [, status = '', location = ''] = /^\/(\d+)\/(.*)$/.exec(path ?? '') ?? [];
  if (status === '') response.end('arrived');
  else response.writeHead(Number(status), { location: decodeURIComponent(location) }).end('moved');
};

describe('a request', { concurrency: true }, () => {
  test('is sent as the guest wrote it, and no more', async () => {
    const headers = [
      ['X-One', '1'],
      ['x-one', '2'],
    ] as const;
    const { server, reply } = await ask((_, response) => response.end('ok'), {
      method: 'PUT',
      headers,
      body: Buffer.from('data'),
    });
    assert.equal(textOf(reply), 'ok');
    const [asked] = server.asked;
    assert.deepEqual([asked?.method, asked?.path, asked?.body], ['PUT', '/', 'data']);
    assert.deepEqual(asked?.headers, {
      host: `127.0.0.1:${server.port}`,
      connection: 'close',
      'content-length': '4',
      'x-one': '1, 2',
      'user-agent': 'wasm-sandbox',
      accept: '*/*',
    });
  });

  test('gets status, header lines and body', async () => {
    const { reply } = await ask((_, response) => {
      response.sendDate = false;
      response.writeHead(404, 'Gone fishing', [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-Name', 'é'],
      ]);
      response.end(Buffer.from([0, 255, 10]));
    });
    assert.ok(reply.kind === 'response');
    assert.equal(reply.status, 404);
    assert.deepEqual([...reply.body], [0, 255, 10]);
    const lines = Buffer.from(reply.headers).toString().split('\n');
    assert.deepEqual(lines.slice(0, 2), ['set-cookie: a=1', 'set-cookie: b=2']);
    assert.equal(lines.at(-1), '');
  });

  test('gets what was compressed as it came', async () => {
    const { reply } = await ask((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1 << 20)));
    });
    assert.ok(reply.kind === 'response' && reply.body.length < 10_000);
  });

  test('HEAD has no body, whatever its length is said to be', async () => {
    const { reply } = await ask((_, response) => response.writeHead(200, { 'content-length': 1 << 30 }).end(), {
      method: 'HEAD',
    });
    assert.ok(reply.kind === 'response' && reply.body.length === 0);
  });

  test('that is not listed goes nowhere', async () => {
    const { server, reply } = await ask((_, response) => response.end('ok'), {}, { allow: ['localhost:1'] });
    assert.ok(reply.kind === 'refused');
    assert.deepEqual(reply.refusal, {
      target: `127.0.0.1:${server.port}`,
      required: 'network.allow',
      available: ['localhost:1'],
    });
    assert.equal(server.asked.length, 0);
  });
});

describe('a response that is too large', { concurrency: true }, () => {
  test('is refused by its announcement', async () => {
    const { reply } = await ask((_, response) => response.end('x'.repeat(101)), {}, { maxResponseSize: 100 });
    assert.ok(reply.kind === 'refused');
    assert.equal(reply.errno, 'FBIG');
    assert.deepEqual([reply.refusal.required, reply.refusal.available], ['network.maxResponseSize', ['100']]);
  });

  test('is cut where it comes to it, however long it would go on', async () => {
    const { reply } = await ask((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
        response.once('drain', more);
      };
      more();
    });
    assert.equal(reply.kind === 'refused' && reply.errno, 'FBIG');
  });

  test('weighs no more for coming in single bytes', async () => {
    const { reply } = await ask((_, response) => {
      const chunks = '1\r\nx\r\n'.repeat(200_000);
      response.socket?.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    });
    assert.equal(textOf(reply), 'x'.repeat(200_000));
  });

  test('may be just as large as allowed', async () => {
    const { reply } = await ask((_, response) => response.end('x'.repeat(100)), {}, { maxResponseSize: 100 });
    assert.equal(textOf(reply).length, 100);
  });
});

describe('redirects', { concurrency: true }, () => {
  test('are followed where they are granted', async () => {
    const server = await WebServer.start(REDIRECTS);
    const reply = await client({ allow: [`127.0.0.1:${server.port}`] }).perform(
      get(server.url('/302/%2F301%2F%2Fend')),
    );
    assert.equal(textOf(reply), 'arrived');
    assert.deepEqual(
      server.asked.map(({ path }) => path),
      ['/302/%2F301%2F%2Fend', '/301//end', '/end'],
    );
  });

  test('are checked again', async () => {
    const inside = await WebServer.start((_, response) => response.end('secret'), '127.0.0.2');
    const server = await WebServer.start(REDIRECTS);
    for (const [location, target] of [
      [inside.url('/', '127.0.0.2'), `127.0.0.2:${inside.port}`],
      ['http://169.254.169.254/latest/meta-data', '169.254.169.254:80'],
      [`http://localhost:${server.port}/`, `localhost:${server.port}`],
      ['https://other.example/', 'other.example:443'],
      [`//127.0.0.1:${server.port + 1}/`, `127.0.0.1:${server.port + 1}`],
    ] as const) {
      const url = server.url(`/307/${encodeURIComponent(location)}`);
      const reply = await client({ allow: [`127.0.0.1:${server.port}`] }).perform(get(url));
      assert.deepEqual([reply.kind === 'refused' && reply.refusal.target, target], [target, target], location);
    }
    assert.equal(inside.asked.length, 0);
  });

  test('to other schemes and nonsense fail', async () => {
    const server = await WebServer.start(REDIRECTS);
    const errnoOf = async (location: string) => {
      const url = server.url(`/302/${encodeURIComponent(location)}`);
      const reply = await client({ allow: [`127.0.0.1:${server.port}`] }).perform(get(url));
      return reply.kind === 'failed' && reply.errno;
    };
    assert.equal(await errnoOf('file:///etc/passwd'), 'PROTONOSUPPORT');
    assert.equal(await errnoOf('http://'), 'PROTO');
    assert.equal(await errnoOf(`http://user:pw@127.0.0.1:${server.port}/`), 'INVAL');
  });

  test('do not go on for ever', async () => {
    const { server, reply } = await ask((_, response) => response.writeHead(302, { location: '/' }).end());
    assert.deepEqual(reply, { kind: 'failed', errno: 'LOOP' });
    assert.equal(server.asked.length, 11);
  });

  const methods: readonly [status: number, method: string, becomes: string][] = [
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [301, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [303, 'HEAD', 'HEAD'],
  ];
  for (const [status, method, becomes] of methods) {
    test(`${status} makes ${becomes} of ${method}`, async () => {
      const server = await WebServer.start(REDIRECTS);
      const body = method === 'HEAD' ? undefined : Buffer.from('data');
      const headers = [['Content-Type', 'text/plain']] as const;
      const request = get(server.url(`/${status}/%2Fend`), { method, body, headers });
      await client({ allow: [`127.0.0.1:${server.port}`] }).perform(request);
      const last = server.asked.at(-1);
      const kept = method === becomes;
      assert.deepEqual([last?.method, last?.path], [becomes, '/end']);
      assert.equal(last?.body, kept && body ? 'data' : '');
      assert.equal(last?.headers['content-type'], kept ? 'text/plain' : undefined);
    });
  }

  test('take secrets along within one origin only', async () => {
    const server = await WebServer.start(REDIRECTS);
    const headers = [
      ['Authorization', 'secret'],
      ['COOKIE', 'secret'],
      ['X-Other', 'kept'],
    ] as const;
    const allow = [`127.0.0.1:${server.port}`, `localhost:${server.port}`];
    const seen = async (location: string) => {
      const url = server.url(`/302/${encodeURIComponent(location)}`);
      assert.equal(textOf(await client({ allow }).perform(get(url, { headers }))), 'arrived');
      const { authorization, cookie, 'x-other': other } = server.asked.at(-1)?.headers ?? {};
      return [authorization, cookie, other];
    };
    assert.deepEqual(await seen('/end'), ['secret', 'secret', 'kept']);
    assert.deepEqual(await seen(server.url('/end', 'localhost')), [undefined, undefined, 'kept']);
  });
});

describe('names', { concurrency: true }, () => {
  test('that lead into this machine are refused, whatever the list says of the name', async () => {
    const server = await WebServer.start((_, response) => response.end('secret'));
    const resolve = async () => ['127.0.0.1'];
    const url = server.url('/', 'rebound.example');
    const reply = await client({ allow: [`rebound.example:${server.port}`], resolve }).perform(get(url));
    assert.ok(reply.kind === 'refused');
    assert.deepEqual([reply.errno, reply.refusal.target], ['ACCES', `127.0.0.1:${server.port}`]);
    assert.equal(server.asked.length, 0);
    // Named by its address too, it is meant.
    const allow = [`rebound.example:${server.port}`, `127.0.0.1:${server.port}`];
    assert.equal(textOf(await client({ allow, resolve }).perform(get(url))), 'secret');
    assert.equal(server.asked[0]?.headers.host, `rebound.example:${server.port}`);
  });

  test('are looked up once: a second answer leads nowhere', async () => {
    const right = await WebServer.start((_, response) => response.end('right'), '127.0.0.3');
    const answers = [['127.0.0.3'], ['127.0.0.1']];
    const resolve = async () => answers.shift() ?? [];
    const allow = [`twice.example:${right.port}`, `127.0.0.3:${right.port}`];
    const reply = await client({ allow, resolve }).perform(get(right.url('/', 'twice.example')));
    assert.equal(textOf(reply), 'right');
    assert.equal(answers.length, 1);
  });

  test('are reached at the permitted ones of their addresses only', async () => {
    const wrong = await WebServer.start((_, response) => response.end('wrong'));
    const resolve = async () => ['127.0.0.1', '10.0.0.1', '::1'];
    const allow = [`mixed.example:${wrong.port}`];
    const reply = await client({ allow, resolve }).perform(get(wrong.url('/', 'mixed.example')));
    assert.equal(reply.kind, 'refused');
    assert.equal(wrong.asked.length, 0);
  });

  test('that there are not are unreachable', async () => {
    const none = async () => [];
    assert.deepEqual(await client({ allow: ['a.example:80'], resolve: none }).perform(get('http://a.example')), {
      kind: 'failed',
      errno: 'HOSTUNREACH',
    });
    const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    assert.deepEqual(await client({ allow: ['a.example:80'], resolve }).perform(get('http://a.example')), {
      kind: 'failed',
      errno: 'HOSTUNREACH',
    });
  });

  test('localhost is this machine', async () => {
    const server = await WebServer.start((_, response) => response.end('here'));
    const reply = await client({ allow: [`localhost:${server.port}`] }).perform(get(server.url('/', 'LocalHost.')));
    assert.equal(textOf(reply), 'here');
  });
});

describe('time', { concurrency: true }, () => {
  /** The guest's clock: it is over at once when it has moved that far. */
  test('is over in the middle of a response', async () => {
    const { reply } = await ask((_, response) => void response.write('never ends'), {}, { timeout: 30 });
    assert.deepEqual(reply, { kind: 'failed', errno: 'TIMEDOUT' });
  });

  test('is over while a name is looked up', async () => {
    const resolve = () => new Promise<never>(() => {});
    const reply = await client({ allow: ['a.example:80'], timeout: 20, resolve }).perform(get('http://a.example'));
    assert.deepEqual(reply, { kind: 'failed', errno: 'TIMEDOUT' });
  });

  test('does not go on while the guest stands still', async () => {
    let answer = () => {};
    let looks = 0;
    // Looked at again and again, long after the ten milliseconds: it has not moved.
    const now = () => {
      if (++looks === 4) answer();
      return 1000;
    };
    const respond: Answer = (_, response) => {
      answer = () => response.end('late');
    };
    const { reply } = await ask(respond, {}, { timeout: 10, now });
    assert.equal(textOf(reply), 'late');
    assert.ok(looks >= 4);
  });
});

describe('servers that do not answer as they should', { concurrency: true }, () => {
  async function errnoOf(serve: (socket: Socket) => void, scheme = 'http') {
    const server = createServer(serve);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const reply = await client({ allow: [`127.0.0.1:${port}`] }).perform(get(`${scheme}://127.0.0.1:${port}/`));
      return reply.kind === 'failed' ? reply.errno : reply.kind;
    } finally {
      server.close();
    }
  }

  test('hanging up', async () => assert.equal(await errnoOf((socket) => socket.destroy()), 'CONNRESET'));
  test('resetting', async () => {
    assert.equal(await errnoOf((socket) => socket.once('data', () => socket.resetAndDestroy())), 'CONNRESET');
  });
  test('not speaking HTTP', async () => {
    assert.equal(await errnoOf((socket) => socket.end('SSH-2.0-OpenSSH\r\n')), 'PROTO');
  });
  test('not speaking TLS', async () => {
    assert.equal(await errnoOf((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'https'), 'PROTO');
  });
  test('a certificate that nobody vouches for', async () => {
    const pem = readFileSync(new URL('../fixtures/guest/selfSigned.pem', import.meta.url));
    const server = createTlsServer({ key: pem, cert: pem }, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nsecret'));
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const reply = await client({ allow: [`localhost:${port}`] }).perform(get(`https://localhost:${port}/`));
    server.close();
    assert.deepEqual(reply, { kind: 'failed', errno: 'PROTO' });
  });
  test('headers without end', async () => {
    const much =
      `HTTP/1.1 200 OK\r\n${'x-much: '.padEnd(1000, 'x')}\r\n`.repeat(1) +
      `${'x-much: '.padEnd(1000, 'x')}\r\n`.repeat(100);
    assert.equal(await errnoOf((socket) => void socket.on('error', () => {}).write(much)), 'PROTO');
  });
  test('less than was announced', async () => {
    assert.equal(await errnoOf((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx')), 'CONNRESET');
  });
  test('none at all', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const reply = await client({ allow: [`127.0.0.1:${port}`] }).perform(get(`http://127.0.0.1:${port}/`));
    assert.deepEqual(reply, { kind: 'failed', errno: 'CONNREFUSED' });
  });
});
