import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HostListener, HostSocket, NetworkHost, SocketState } from '../../sandbox/wasi/sockets.ts';
import { Direct } from './direct.ts';

const LISTENER = 5;
const CONNECTION = 6;
const NONBLOCK = 4;
const PEEK = 1;
const WAITALL = 2;
const [RESULT, FLAGS, IOVECS, DATA] = [1024, 1032, 16_384, 20_480];
const [SUBSCRIPTIONS, EVENTS, COUNT] = [30_000, 31_000, 32_000];
const [FD_READ, FD_WRITE] = [1, 2];

/** The other side of a connection. */
class Peer implements HostSocket {
  state: SocketState = 'open';
  room = 1000;
  received = '';
  finished = false;
  closed = false;
  #sent = '';

  sends(text: string): void {
    this.#sent += text;
  }

  get available(): number {
    return this.#sent.length;
  }

  read(windows: readonly Uint8Array[], peek: boolean): number {
    let at = 0;
    for (const window of windows)
      at += Buffer.from(window.buffer, window.byteOffset, window.length).write(this.#sent.slice(at));
    if (!peek) this.#sent = this.#sent.slice(at);
    return at;
  }

  write(windows: readonly Uint8Array[]): number {
    const text = Buffer.concat(windows).toString().slice(0, this.room);
    this.received += text;
    this.room -= text.length;
    return text.length;
  }

  finish(): void {
    this.finished = true;
  }

  close(): void {
    this.closed = true;
  }
}

class Doorway implements HostListener {
  readonly address = '127.0.0.1:8080';
  readonly waiting: Peer[] = [];
  closed = false;

  ready(): boolean {
    return this.waiting.length > 0;
  }

  accept(): Peer | undefined {
    return this.waiting.shift();
  }

  close(): void {
    this.closed = true;
  }
}

/** `meanwhile`: what happens while the guest waits, once for each wait. */
function setUp({ maxConnections = 4, meanwhile = [] as (() => void)[] } = {}) {
  const listener = new Doorway();
  const waits: number[] = [];
  const network: NetworkHost = {
    allow: [],
    maxConnections,
    listeners: [listener],
    wait: (ready, milliseconds) => {
      waits.push(milliseconds);
      if (ready()) return true;
      const next = meanwhile.shift();
      if (next === undefined && milliseconds === Number.POSITIVE_INFINITY) throw new Error('it would wait for ever');
      next?.();
      return ready();
    },
  };
  return { direct: new Direct({ network }), listener, waits };
}

function accepted(options: Parameters<typeof setUp>[0] = {}) {
  const peer = new Peer();
  const all = { ...setUp(options), peer };
  all.listener.waiting.push(peer);
  assert.equal(all.direct.call('sock_accept', LISTENER, 0, RESULT), 'SUCCESS');
  assert.equal(all.direct.view.getUint32(RESULT, true), CONNECTION);
  return all;
}

/** What `sock_recv` gives, or the errno's name. */
function recv(direct: Direct, length: number, flags = 0, fd = CONNECTION): string {
  direct.view.setUint32(IOVECS, DATA, true);
  direct.view.setUint32(IOVECS + 4, length, true);
  const errno = direct.call('sock_recv', fd, IOVECS, 1, flags, RESULT, FLAGS);
  if (errno !== 'SUCCESS') return errno;
  assert.equal(direct.view.getUint16(FLAGS, true), 0);
  return Buffer.from(direct.bytes.slice(DATA, DATA + direct.view.getUint32(RESULT, true))).toString();
}

function sendText(direct: Direct, text: string, fd = CONNECTION): string | number {
  direct.bytes.set(Buffer.from(text), DATA);
  direct.view.setUint32(IOVECS, DATA, true);
  direct.view.setUint32(IOVECS + 4, text.length, true);
  const errno = direct.call('sock_send', fd, IOVECS, 1, 0, RESULT);
  return errno === 'SUCCESS' ? direct.view.getUint32(RESULT, true) : errno;
}

interface Subscription {
  readonly type: number;
  readonly fd?: number;
}

/** `type errno bytes flags` of each event. */
function poll(direct: Direct, subscriptions: readonly Subscription[], milliseconds?: number): string[] {
  const { view } = direct;
  const all = [...subscriptions, ...(milliseconds === undefined ? [] : [{ type: 0 }])];
  for (const [index, { type, fd = 0 }] of all.entries()) {
    const at = SUBSCRIPTIONS + index * 48;
    view.setBigUint64(at, BigInt(index), true);
    view.setUint8(at + 8, type);
    view.setUint32(at + 16, type === 0 ? 1 : fd, true);
    view.setBigUint64(at + 24, BigInt(milliseconds ?? 0) * 1_000_000n, true);
    view.setUint16(at + 40, 0, true);
  }
  assert.equal(direct.call('poll_oneoff', SUBSCRIPTIONS, EVENTS, all.length, COUNT), 'SUCCESS');
  return Array.from({ length: view.getUint32(COUNT, true) }, (_, index) => {
    const at = EVENTS + index * 32;
    const fields = [
      view.getUint8(at + 10),
      view.getUint16(at + 8, true),
      view.getBigUint64(at + 16, true),
      view.getUint16(at + 24, true),
    ];
    return fields.join(' ');
  });
}

describe('a listener', () => {
  test('is the first descriptor behind the folders, a stream socket, and ends the search for folders', () => {
    const { direct } = setUp();
    assert.equal(direct.call('fd_fdstat_get', LISTENER, RESULT), 'SUCCESS');
    assert.equal(direct.view.getUint8(RESULT), 6);
    assert.equal(direct.call('fd_prestat_get', LISTENER - 1, RESULT), 'SUCCESS');
    assert.equal(direct.call('fd_prestat_get', LISTENER, RESULT), 'BADF');
    assert.equal(direct.call('fd_filestat_get', LISTENER, RESULT), 'SUCCESS');
    assert.equal(direct.view.getUint8(RESULT + 16), 6);
  });

  test('gives a connection, blocking until there is one', () => {
    const peer = new Peer();
    const { direct, listener, waits } = setUp({ meanwhile: [() => void listener.waiting.push(peer)] });
    assert.equal(direct.call('sock_accept', LISTENER, 0, RESULT), 'SUCCESS');
    assert.deepEqual(waits, [Number.POSITIVE_INFINITY]);
    peer.sends('x');
    assert.equal(recv(direct, 1), 'x');
  });

  test('that does not block says AGAIN', () => {
    const { direct, waits } = setUp();
    assert.equal(direct.call('fd_fdstat_set_flags', LISTENER, NONBLOCK), 'SUCCESS');
    assert.equal(direct.call('sock_accept', LISTENER, 0, RESULT), 'AGAIN');
    assert.deepEqual(waits, []);
  });

  test('accepts no more than the maximum at the same time', () => {
    const { direct, listener, peer } = accepted({ maxConnections: 1 });
    listener.waiting.push(new Peer());
    assert.equal(direct.call('sock_accept', LISTENER, 0, RESULT), 'MFILE');
    const [violation] = direct.violations;
    assert.deepEqual(
      [violation?.operation, violation?.target, violation?.required, violation?.available],
      ['sock_accept', '127.0.0.1:8080', 'network.maxConnections', ['1']],
    );
    assert.equal(direct.call('fd_close', CONNECTION), 'SUCCESS');
    assert.equal(peer.closed, true);
    assert.equal(direct.call('sock_accept', LISTENER, 0, RESULT), 'SUCCESS');
    assert.equal(direct.core.counters.networkRequests, 2);
  });

  test('that is closed is gone', () => {
    const { direct, listener } = setUp();
    assert.equal(direct.call('fd_close', LISTENER), 'SUCCESS');
    assert.equal(listener.closed, true);
    assert.equal(direct.call('sock_accept', LISTENER, 0, RESULT), 'BADF');
  });

  test('is no connection', () => {
    const { direct } = setUp();
    assert.equal(recv(direct, 1, 0, LISTENER), 'NOTCONN');
    assert.equal(sendText(direct, 'x', LISTENER), 'NOTCONN');
    assert.equal(direct.call('sock_shutdown', LISTENER, 1), 'NOTCONN');
  });
});

describe('a connection', () => {
  test('is read and written like a file too', () => {
    const { direct, peer } = accepted();
    peer.sends('hello');
    assert.equal(direct.read(CONNECTION, 3), 'hel');
    assert.equal(direct.read(CONNECTION, 9), 'lo');
    assert.equal(direct.write(CONNECTION, 'answer'), 'SUCCESS');
    assert.equal(peer.received, 'answer');
    assert.equal(direct.call('fd_seek', CONNECTION, 0n, 0, RESULT), 'SPIPE');
    assert.deepEqual([direct.core.counters.bytesReceived, direct.core.counters.bytesSent], [5, 6]);
  });

  test('peeking takes nothing', () => {
    const { direct, peer } = accepted();
    peer.sends('hello');
    assert.deepEqual([recv(direct, 3, PEEK), recv(direct, 9, PEEK), recv(direct, 9)], ['hel', 'hello', 'hello']);
    assert.equal(direct.core.counters.bytesReceived, 5);
  });

  test('waiting for all blocks until it is there, or until the end', () => {
    const peers: Peer[] = [];
    const meanwhile = [() => peers[0]?.sends('lo'), () => void Object.assign(peers[0]!, { state: 'ended' })];
    const { direct, peer } = accepted({ meanwhile });
    peers.push(peer);
    peer.sends('hel');
    assert.equal(recv(direct, 5, WAITALL), 'hello');
    peer.sends('re');
    assert.equal(recv(direct, 5, WAITALL), 're');
    assert.equal(recv(direct, 5, WAITALL), '');
  });

  test('that does not block says AGAIN', () => {
    const { direct, peer } = accepted();
    direct.call('fd_fdstat_set_flags', CONNECTION, NONBLOCK);
    assert.equal(recv(direct, 5), 'AGAIN');
    peer.sends('hel');
    assert.equal(recv(direct, 5, WAITALL), 'hel');
    peer.room = 0;
    assert.equal(sendText(direct, 'x'), 'AGAIN');
    assert.equal(direct.write(CONNECTION, 'x'), 'AGAIN');
  });

  test('accepted as one that does not block is one', () => {
    const { direct, listener } = setUp();
    listener.waiting.push(new Peer());
    assert.equal(direct.call('sock_accept', LISTENER, NONBLOCK, RESULT), 'SUCCESS');
    assert.equal(recv(direct, 1), 'AGAIN');
  });

  test('a writer waits for room, and writes what there is room for', () => {
    const peers: Peer[] = [];
    const { direct, peer } = accepted({ meanwhile: [() => void Object.assign(peers[0]!, { room: 2 })] });
    peers.push(peer);
    peer.room = 0;
    assert.equal(sendText(direct, 'abc'), 2);
    assert.equal(peer.received, 'ab');
  });

  test('that was reset says so', () => {
    const { direct, peer } = accepted();
    peer.sends('x');
    peer.state = 'reset';
    assert.deepEqual([recv(direct, 9), recv(direct, 9), sendText(direct, 'x')], ['x', 'CONNRESET', 'PIPE']);
  });

  test('directions are shut down one by one', () => {
    const { direct, peer } = accepted();
    peer.sends('x');
    assert.equal(direct.call('sock_shutdown', CONNECTION, 2), 'SUCCESS');
    assert.equal(peer.finished, true);
    assert.deepEqual([sendText(direct, 'x'), recv(direct, 1)], ['PIPE', 'x']);
    assert.equal(direct.call('sock_shutdown', CONNECTION, 1), 'SUCCESS');
    assert.equal(recv(direct, 1), '');
    assert.deepEqual(
      [direct.call('sock_shutdown', CONNECTION, 0), direct.call('sock_shutdown', CONNECTION, 4)],
      ['INVAL', 'INVAL'],
    );
  });

  test('unknown flags, and memory that is not there', () => {
    const { direct } = accepted();
    assert.equal(recv(direct, 1, 4), 'INVAL');
    assert.equal(direct.call('sock_send', CONNECTION, IOVECS, 1, 1, RESULT), 'INVAL');
    assert.equal(direct.call('sock_recv', CONNECTION, 65_530, 1, 0, RESULT, FLAGS), 'FAULT');
    assert.equal(direct.call('sock_recv', CONNECTION, IOVECS, 1, 0, 65_533, FLAGS), 'FAULT');
    assert.equal(direct.call('sock_recv', CONNECTION, IOVECS, 1, 0, RESULT, 65_535), 'FAULT');
    assert.equal(direct.call('sock_accept', LISTENER, 0, 65_533), 'FAULT');
    assert.equal(direct.call('sock_accept', LISTENER, 1, RESULT), 'INVAL');
    assert.equal(direct.call('sock_accept', CONNECTION, 0, RESULT), 'INVAL');
  });

  test('ends with the guest', () => {
    const { direct, listener, peer } = accepted();
    direct.core.close();
    assert.deepEqual([listener.closed, peer.closed], [true, true]);
  });
});

describe('what is no socket', () => {
  for (const [name, args] of Object.entries({
    sock_accept: [0, RESULT],
    sock_recv: [IOVECS, 0, 0, RESULT, FLAGS],
    sock_send: [IOVECS, 0, 0, RESULT],
    sock_shutdown: [1],
  })) {
    test(name, () => {
      const { direct } = setUp();
      assert.equal(direct.call(name, 0, ...args), 'NOTSOCK');
      assert.equal(direct.call(name, 99, ...args), 'BADF');
      // The virtual root, where a program takes its number for a free one.
      assert.equal(direct.call(name, 3, ...args), 'BADF');
    });
  }
});

describe('polling', () => {
  test('finds who is ready', () => {
    const { direct, listener, peer } = accepted();
    peer.sends('hello');
    peer.room = 7;
    const all = [
      { type: FD_READ, fd: LISTENER },
      { type: FD_READ, fd: CONNECTION },
      { type: FD_WRITE, fd: CONNECTION },
    ];
    assert.deepEqual(poll(direct, all), ['1 0 5 0', '2 0 7 0']);
    listener.waiting.push(new Peer());
    assert.deepEqual(poll(direct, all), ['1 0 1 0', '1 0 5 0', '2 0 7 0']);
    assert.deepEqual(poll(direct, [{ type: FD_WRITE, fd: LISTENER }]), ['2 53 0 0']);
  });

  test('waits for the first of several', () => {
    const { direct, listener, waits } = setUp({ meanwhile: [() => void listener.waiting.push(new Peer())] });
    assert.deepEqual(poll(direct, [{ type: FD_READ, fd: LISTENER }], 50), ['1 0 1 0']);
    assert.deepEqual(waits, [50]);
  });

  test('ends when its time is over', () => {
    const { direct } = setUp();
    assert.deepEqual(poll(direct, [{ type: FD_READ, fd: LISTENER }], 50), ['0 0 0 0']);
  });

  test('tells of an end', () => {
    const { direct, peer } = accepted();
    peer.state = 'ended';
    assert.deepEqual(poll(direct, [{ type: FD_READ, fd: CONNECTION }]), ['1 0 0 1']);
    peer.state = 'reset';
    peer.room = 0;
    assert.deepEqual(poll(direct, [{ type: FD_WRITE, fd: CONNECTION }]), ['2 0 0 1']);
  });
});
