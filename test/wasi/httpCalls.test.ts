import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Errno } from '../../sandbox/wasi/errno.ts';
import type { HttpReply, HttpRequest } from '../../sandbox/wasi/httpRequest.ts';
import { createPreview1 } from '../../sandbox/wasi/preview1.ts';
import type { HostViolation } from '../../sandbox/wasi/violation.ts';
import { testOptions } from './program.ts';

const PAGE = 65_536;
const HEAD = 64;
const READ = 96;
const BUFFER = 40_000;
const TEXTS = 1024;

/** A guest that is one page of memory, with somebody else's answers. */
class Caller {
  readonly requests: HttpRequest[] = [];
  readonly violations: HostViolation[] = [];
  readonly observed: string[] = [];
  readonly view = new DataView(new ArrayBuffer(PAGE));
  readonly core;

  constructor(reply: HttpReply = answer('name: value\n', 'body'), limits: { maxConnections?: number } = {}) {
    this.core = createPreview1(
      testOptions({
        onViolation: (violation) => void this.violations.push(violation),
        observer: {
          before: (name) => void this.observed.push(name),
          wrote: (address, length) => void this.observed.push(`${address}+${length}`),
          after: (_, errno) => void this.observed.push(`= ${errno}`),
        },
        network: {
          allow: ['a.example:80'],
          maxConnections: limits.maxConnections ?? 4,
          listeners: [],
          wait: () => true,
          http: (request) => {
            this.requests.push(request);
            return reply;
          },
        },
      }),
    );
    this.core.bind({ buffer: this.view.buffer });
  }

  /** The errno's name. */
  request({ method = 'GET', url = 'http://a.example/', headers = '', body = '', head = HEAD } = {}): string {
    let at = TEXTS;
    const places = [method, url, headers, body].flatMap((text) => {
      const bytes = Buffer.from(text);
      Buffer.from(this.view.buffer).set(bytes, at);
      at += bytes.length;
      return [at - bytes.length, bytes.length];
    });
    return nameOf(this.core.http.request!(...places, head));
  }

  call(name: 'read' | 'close' | 'request', ...args: number[]): string {
    return nameOf(this.core.http[name]!(...args));
  }

  /** Handle, status, lengths. */
  get head(): number[] {
    return [0, 4, 8, 12].map((offset) => this.view.getUint32(HEAD + offset, true));
  }

  read(handle: number, length: number): string {
    const errno = this.call('read', handle, BUFFER, length, READ);
    const count = this.view.getUint32(READ, true);
    return errno === 'SUCCESS' ? Buffer.from(this.view.buffer, BUFFER, count).toString() : errno;
  }
}

function answer(headers: string, body: string, status = 200): HttpReply {
  return { kind: 'response', status, headers: Buffer.from(headers), body: Buffer.from(body) };
}

function nameOf(errno: number): string {
  return Object.entries(Errno).find(([, number]) => number === errno)?.[0] ?? String(errno);
}

test('a request arrives as it was written, and the response in pieces', () => {
  const guest = new Caller();
  const headers = 'X-One: 1\r\nx-two:  a:b \n\n';
  assert.equal(guest.request({ method: 'post', headers, body: 'data' }), 'SUCCESS');
  const [request] = guest.requests;
  assert.deepEqual(
    { ...request, body: Buffer.from(request?.body ?? []).toString() },
    {
      method: 'POST',
      url: 'http://a.example/',
      headers: [
        ['X-One', '1'],
        ['x-two', 'a:b'],
      ],
      body: 'data',
    },
  );
  assert.deepEqual(guest.head, [1, 200, 12, 4]);
  assert.deepEqual(
    [guest.read(1, 5), guest.read(1, 9), guest.read(1, 0), guest.read(1, 99), guest.read(1, 99)],
    ['name:', ' value\nbo', '', 'dy', ''],
  );
  assert.deepEqual([guest.call('close', 1), guest.call('close', 1), guest.read(1, 1)], ['SUCCESS', 'BADF', 'BADF']);
  assert.deepEqual(
    [guest.core.counters.networkRequests, guest.core.counters.bytesSent, guest.core.counters.bytesReceived],
    [1, 4, 4],
  );
});

test('no method is GET, no body is none', () => {
  const guest = new Caller();
  assert.equal(guest.request({ method: '' }), 'SUCCESS');
  assert.deepEqual([guest.requests[0]?.method, guest.requests[0]?.body], ['GET', undefined]);
});

test('a recorder hears every write', () => {
  const guest = new Caller();
  guest.request();
  guest.read(1, 14);
  assert.deepEqual(guest.observed, [
    'sandbox_http.request',
    ...[0, 4, 8, 12].map((offset) => `${HEAD + offset}+4`),
    '= 0',
    'sandbox_http.read',
    `${BUFFER}+12`,
    `${BUFFER + 12}+2`,
    `${READ}+4`,
    '= 0',
  ]);
});

test('what is not granted is a violation, and nobody is asked', () => {
  const guest = new Caller();
  assert.equal(guest.request({ url: 'https://b.example/secret?key' }), 'ACCES');
  assert.deepEqual(guest.requests, []);
  assert.deepEqual(guest.violations, [
    {
      operation: 'sandbox_http.request',
      target: 'b.example:443',
      required: 'network.allow',
      available: ['a.example:80'],
      decision: 'denied',
      errno: 'ACCES',
    },
  ]);
});

test('without any network a request is refused all the same', () => {
  const violations: HostViolation[] = [];
  const core = createPreview1(testOptions({ onViolation: (violation) => void violations.push(violation) }));
  const memory = Buffer.alloc(PAGE);
  memory.write('http://a.example/');
  core.bind({ buffer: memory.buffer });
  const at = memory.byteOffset;
  assert.equal(nameOf(core.http.request!(0, 0, at, 17, 0, 0, 0, 0, at + 100)), 'ACCES');
  assert.equal(violations[0]?.target, 'a.example:80');
});

test('refusals of whoever performs it are violations too', () => {
  const refusal = { target: 'c.example:80', required: 'network.allow', available: ['a.example:80'] } as const;
  const redirected = new Caller({ kind: 'refused', errno: 'ACCES', refusal });
  assert.equal(redirected.request(), 'ACCES');
  assert.equal(redirected.violations[0]?.target, 'c.example:80');
  const failed = new Caller({ kind: 'failed', errno: 'TIMEDOUT' });
  assert.equal(failed.request(), 'TIMEDOUT');
  assert.deepEqual(failed.violations, []);
});

test('responses that are not closed count as connections', () => {
  const guest = new Caller(answer('', ''), { maxConnections: 2 });
  assert.deepEqual([guest.request(), guest.request(), guest.request()], ['SUCCESS', 'SUCCESS', 'MFILE']);
  const [violation] = guest.violations;
  assert.deepEqual(
    [violation?.required, violation?.available, violation?.target],
    ['network.maxConnections', ['2'], 'a.example:80'],
  );
  assert.equal(guest.requests.length, 2);
  assert.equal(guest.call('close', 1), 'SUCCESS');
  assert.equal(guest.request(), 'SUCCESS');
  assert.equal(guest.head[0], 1);
});

const refusedTexts: readonly (readonly [what: string, request: Parameters<Caller['request']>[0], errno: string])[] = [
  ['a header with a line break', { headers: 'X: a\rHost: evil' }, 'INVAL'],
  ['a header with a NUL', { headers: 'X: a\0b' }, 'INVAL'],
  ['a header without a colon', { headers: 'nonsense' }, 'INVAL'],
  ['a header without a name', { headers: ': x' }, 'INVAL'],
  ['a space in a name', { headers: 'X : x' }, 'INVAL'],
  ['a folded header', { headers: 'X: a\n  b: c' }, 'INVAL'],
  ['a value that is not Latin-1', { headers: 'X: \u{1F600}' }, 'INVAL'],
  ['too many headers', { headers: 'X: y\n'.repeat(1000) }, 'TOOBIG'],
  ['a method with a space', { method: 'GET /x' }, 'INVAL'],
  ['a long method', { method: 'X'.repeat(65) }, 'TOOBIG'],
  ['a tunnel', { method: 'connect' }, 'INVAL'],
  ['a trace', { method: 'TRACE' }, 'INVAL'],
  ['a long URL', { url: `http://a.example/${'x'.repeat(16_384)}` }, 'TOOBIG'],
  ['no URL', { url: '' }, 'INVAL'],
  ['a head out of bounds', { head: PAGE - 15 }, 'FAULT'],
  ...[
    'Host',
    'connection',
    'Content-Length',
    'Transfer-Encoding',
    'TE',
    'Upgrade',
    'Expect',
    'Proxy-Authorization',
    'Keep-Alive',
    'Trailer',
  ].map((name) => [`a header ${name}`, { headers: `${name}: x` }, 'INVAL'] as const),
];
for (const [what, request, errno] of refusedTexts) {
  test(`${what} is ${errno}`, () => {
    const guest = new Caller();
    assert.equal(guest.request(request), errno);
    assert.deepEqual(guest.requests, []);
  });
}

test('addresses out of memory are FAULT, before anything is done', () => {
  const guest = new Caller();
  const fine = [TEXTS, 0, TEXTS, 0, 0, 0, 0, 0, HEAD];
  for (const place of [0, 2, 4, 6]) {
    const args = [...fine];
    args[place] = PAGE - 1;
    args[place + 1] = 2;
    assert.equal(guest.call('request', ...args), 'FAULT');
    args[place + 1] = -1;
    assert.notEqual(guest.call('request', ...args), 'SUCCESS');
  }
  assert.deepEqual(guest.requests, []);
  guest.request();
  assert.equal(guest.call('read', 1, PAGE - 1, 2, READ), 'FAULT');
  assert.equal(guest.call('read', 1, BUFFER, 2, PAGE - 3), 'FAULT');
  assert.equal(guest.read(1, 99), 'name: value\nbody');
});

test('text that is not UTF-8 is ILSEQ', () => {
  const guest = new Caller();
  guest.view.setUint8(TEXTS, 0xff);
  assert.equal(guest.call('request', 0, 0, TEXTS, 1, 0, 0, 0, 0, HEAD), 'ILSEQ');
});
