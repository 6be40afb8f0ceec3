import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryFileSystem } from '../../sandbox/wasi/memoryFileSystem.ts';
import { createPreview1 } from '../../sandbox/wasi/preview1.ts';
import { ALL_RIGHTS, CREATE, Direct, ROOT, WRITE_RIGHTS } from './direct.ts';
import { runProgram, testOptions, UNLIMITED } from './program.ts';

const FILES = new URL('../fixtures/wasi/files.wasm', import.meta.url);

function inMemory(tree = {}) {
  return [
    { guest: '/', source: { kind: 'folder', folder: createMemoryFileSystem(tree) }, read: true, write: true },
  ] as const;
}

test('arguments, environment, input, output and the exit code of a C program', () => {
  const result = runProgram(FILES, ['env', 'LANG', 'env', 'HOME', 'echo', 'exit', '7'], {
    env: { LANG: 'de_DE' },
    stdin: 'one\ntwo\n',
  });
  assert.deepEqual(
    [result.code, result.stdout, result.stderr],
    [7, 'LANG=de_DE\nHOME=(none)\n> one\n> two\nend of input\n', ''],
  );
  const { outputBytes, bytesRead, hostCalls } = result.counters;
  assert.deepEqual([outputBytes, bytesRead, hostCalls > 5], [result.stdout.length, 8, true]);
});

test('quotas refuse and report', () => {
  const quotas = { maxOpenFiles: 2, maxFileSize: 10, maxTotalWritten: 15 };
  const guest = new Direct({ mounts: inMemory({ x: 'x' }), quotas });
  const fd = guest.open('a', { flags: CREATE, rights: WRITE_RIGHTS }) as number;
  const other = guest.open('b', { flags: CREATE, rights: WRITE_RIGHTS }) as number;
  assert.equal(guest.open('c', { flags: CREATE, rights: WRITE_RIGHTS }), 'MFILE');
  assert.deepEqual(guest.write(fd, '0123456789'), 'SUCCESS');
  assert.equal(guest.write(fd, 'x'), 'FBIG');
  assert.equal(guest.call('fd_filestat_set_size', fd, 1n << 40n), 'FBIG');
  // The hole counts: 5 bytes are left, and this file would have 6.
  guest.call('fd_seek', other, 5n, 0, 0);
  assert.equal(guest.write(other, 'x'), 'DQUOT');
  guest.call('fd_seek', other, 4n, 0, 0);
  assert.equal(guest.write(other, 'x'), 'SUCCESS');
  assert.equal(guest.core.counters.bytesWritten, 11);
  const seen = guest.violations.map(({ operation, errno, required, available, target }) =>
    [operation, errno, required, available[0], target].join(' '),
  );
  assert.deepEqual(seen, [
    'path_open MFILE filesystem.maxOpenFiles 2 /c',
    'fd_write FBIG filesystem.maxFileSize 10 /a',
    'fd_filestat_set_size FBIG filesystem.maxFileSize 10 /a',
    'fd_write DQUOT filesystem.maxTotalWritten 15 /b',
  ]);
  assert.equal(guest.call('fd_close', fd), 'SUCCESS');
  assert.deepEqual(guest.names('.'), ['a', 'b', 'x'], 'nothing was created without room');
});

test('names in memory are limited in number', () => {
  const folder = createMemoryFileSystem();
  for (let index = 0; index < 65_536; index++) folder.createFolder(`d${index}`);
  assert.throws(() => folder.createFolder('more'), /NOSPC/);
  assert.throws(() => folder.symlink('x', 'more'), /NOSPC/);
  folder.removeFolder('d0');
  folder.createFolder('again');
});

test('files in memory have the times of the clock that was handed in', () => {
  let time = 5n;
  const folder = createMemoryFileSystem({ x: 'x' }, () => time);
  assert.equal(folder.stat('x').modified, 5n);
  time = 9n;
  folder.createFolder('d');
  assert.deepEqual([folder.stat('d').changed, folder.statSelf().modified, folder.stat('x').modified], [9n, 9n, 5n]);
});

test('random bytes come in pieces that the host can make', () => {
  const lengths: number[] = [];
  const buffer = new ArrayBuffer(200_000);
  const core = createPreview1(
    testOptions({
      random: (bytes) => {
        lengths.push(bytes.length);
        bytes.fill(lengths.length);
      },
    }),
  );
  core.bind({ buffer });
  assert.equal(core.imports.random_get!(10, 150_000), 0);
  assert.deepEqual(lengths, [65_536, 65_536, 18_928]);
  const bytes = new Uint8Array(buffer);
  assert.deepEqual([bytes[9], bytes[10], bytes[10 + 65_536], bytes[150_009], bytes[150_010]], [0, 1, 2, 3, 0]);
});

test('memory that grows and shared memory are seen', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 3 });
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 3, shared: true });
  for (const each of [memory, shared] as unknown as { buffer: ArrayBuffer; grow(pages: number): number }[]) {
    const core = createPreview1(testOptions({ mounts: inMemory({ x: 'x' }), env: { A: 'b' } }));
    core.bind(each);
    assert.equal(core.imports.environ_sizes_get!(70_000, 70_004), 21);
    each.grow(1);
    assert.equal(core.imports.environ_sizes_get!(70_000, 70_004), 0);
    assert.equal(new DataView(each.buffer).getUint32(70_000, true), 1);
    assert.equal(core.imports.random_get!(70_000, 8), 0);
    new Uint8Array(each.buffer).set([0x78], 70_100);
    assert.equal(core.imports.path_open!(ROOT, 0, 70_100, 1, 0, 2n, 0n, 0, 70_200), 0);
  }
});

/** A subscription of 48 bytes: `kind` is a clock's delay in nanoseconds, or a descriptor to read from. */
function subscribe(guest: Direct, index: number, kind: { delay: bigint } | { fd: number }): void {
  const at = 4096 + index * 48;
  guest.bytes.fill(0, at, at + 48);
  guest.view.setBigUint64(at, BigInt(100 + index), true);
  if ('delay' in kind) {
    guest.view.setUint32(at + 16, 1, true);
    guest.view.setBigUint64(at + 24, kind.delay, true);
  } else {
    guest.view.setUint8(at + 8, 1);
    guest.view.setUint32(at + 16, kind.fd, true);
  }
}

/** `userdata:type:errno` of each event. */
function poll(guest: Direct, count: number): string[] | string {
  const errno = guest.call('poll_oneoff', 4096, 8192, count, 0);
  if (errno !== 'SUCCESS') return errno;
  return Array.from({ length: guest.view.getUint32(0, true) }, (_, index) => {
    const at = 8192 + index * 32;
    return `${guest.view.getBigUint64(at, true)}:${guest.view.getUint8(at + 10)}:${guest.view.getUint16(at + 8, true)}`;
  });
}

test('polling sleeps for the shortest timer and wakes for input', () => {
  const slept: number[] = [];
  let ready = false;
  const stdin = {
    read: () => 0,
    ready: () => ready,
    wait: (milliseconds: number) => {
      slept.push(-milliseconds);
      now += BigInt(milliseconds * 1e6);
      return milliseconds > 5;
    },
  };
  let now = 0n;
  const clock = { now: () => now, resolution: () => 1n };
  const guest = new Direct({ stdin, clock, sleep: (milliseconds) => void slept.push(milliseconds) });
  subscribe(guest, 0, { delay: 30_000_000n });
  subscribe(guest, 1, { delay: 2_500_000n });
  assert.deepEqual(poll(guest, 2), ['101:0:0']);
  assert.deepEqual(slept, [2.5]);
  subscribe(guest, 0, { fd: 0 });
  assert.deepEqual(poll(guest, 2), ['101:0:0'], 'the timer is over before the input is there');
  subscribe(guest, 1, { delay: 60_000_000n });
  assert.deepEqual(poll(guest, 2), ['100:1:0'], 'the input is there first');
  ready = true;
  assert.deepEqual(poll(guest, 2), ['100:1:0'], 'without waiting');
  assert.deepEqual(slept, [2.5, -2.5, -60]);
  subscribe(guest, 0, { fd: 77 });
  assert.deepEqual(poll(guest, 2), ['100:1:8'], 'a wrong descriptor is an event, not a failure');
});

test('a timer beside an input that does not come moves a clock on that stands still', () => {
  let now = 0n;
  const guest = new Direct({
    stdin: { read: () => 0, ready: () => false, wait: () => false },
    clock: { now: () => now, resolution: () => 1n },
    sleep: (milliseconds) => {
      now += BigInt(milliseconds * 1e6);
    },
  });
  subscribe(guest, 0, { fd: 0 });
  subscribe(guest, 1, { delay: 3_000_000n });
  assert.deepEqual(poll(guest, 2), ['101:0:0']);
  assert.equal(now, 3_000_000n);
});

test('a signal ends the program as it would elsewhere, unless it means nothing', () => {
  const codes: number[] = [];
  const exit = (code: number) => {
    codes.push(code);
    throw new Error('left');
  };
  const guest = new Direct({ exit });
  for (const signal of [0, 16, 17, 22, 27]) assert.equal(guest.call('proc_raise', signal), 'SUCCESS', `${signal}`);
  for (const signal of [18, 19, 20, 21]) assert.equal(guest.call('proc_raise', signal), 'NOTSUP', `${signal}`);
  for (const signal of [-1, 31, 255, 0x7fffffff]) assert.equal(guest.call('proc_raise', signal), 'INVAL', `${signal}`);
  for (const signal of [1, 6, 9, 15, 30]) assert.throws(() => guest.call('proc_raise', signal), /left/);
  assert.deepEqual(codes, [129, 134, 137, 143, 158]);
});

test('an input that cannot wait is asked again and again', () => {
  let asked = 0;
  const slept: number[] = [];
  const guest = new Direct({
    stdin: { read: () => 0, ready: () => ++asked > 3 },
    sleep: (milliseconds) => void slept.push(milliseconds),
  });
  subscribe(guest, 0, { fd: 0 });
  assert.deepEqual(poll(guest, 1), ['100:1:0']);
  assert.deepEqual(slept, [10, 10, 10]);
});

test('an absolute timer counts from now', () => {
  const slept: number[] = [];
  const guest = new Direct({
    clock: { now: () => 5_000_000_000n, resolution: () => 1n },
    sleep: (milliseconds) => void slept.push(milliseconds),
  });
  subscribe(guest, 0, { delay: 5_004_000_000n });
  guest.view.setUint16(4096 + 40, 1, true);
  assert.deepEqual(poll(guest, 1), ['100:0:0']);
  assert.deepEqual(slept, [4]);
});

test('clocks: four of them, and no fifth', () => {
  const guest = new Direct({ clock: { now: (id) => BigInt(id) + 7n, resolution: () => 1000n } });
  for (const id of [0, 1, 2, 3]) {
    assert.equal(guest.call('clock_time_get', id, 0n, 64), 'SUCCESS');
    assert.equal(guest.view.getBigUint64(64, true), BigInt(id) + 7n);
  }
  assert.equal(guest.call('clock_time_get', 4, 0n, 64), 'INVAL');
  assert.equal(guest.call('clock_res_get', 4, 64), 'INVAL');
});

test('no exception of the host reaches the guest, but a trap does', () => {
  const unexpected: unknown[] = [];
  const guest = new Direct({
    stdin: {
      read: () => {
        throw new TypeError('a bug');
      },
    },
    onUnexpected: (error) => void unexpected.push(error),
  });
  assert.equal(guest.read(0), 'IO');
  assert.match(String(unexpected[0]), /a bug/);
  const leaving = new Direct({
    stdin: {
      read: () => {
        throw new WebAssembly.RuntimeError('unreachable');
      },
    },
  });
  assert.throws(() => leaving.read(0), WebAssembly.RuntimeError);
});

test('rights are only ever given up', () => {
  const guest = new Direct({ mounts: inMemory({ x: 'x' }) });
  const fd = guest.open('x', { rights: ALL_RIGHTS }) as number;
  assert.equal(guest.call('fd_fdstat_set_rights', fd, 2n, 0n), 'SUCCESS');
  assert.equal(guest.call('fd_fdstat_set_rights', fd, 2n | 64n, 0n), 'NOTCAPABLE');
  assert.equal(guest.write(fd, 'y'), 'NOTCAPABLE');
  assert.equal(guest.read(fd), 'x');
});

interface Recorded {
  readonly name: string;
  readonly errno: number;
  readonly writes: readonly (readonly [address: number, bytes: Uint8Array])[];
}

test('what the observer sees is enough to run the program again without any host', () => {
  const args = ['write', 'a', 'text', 'read', 'a', 'list', '.', 'stat', 'a', 'read', 'nothing', 'env', 'A', 'echo'];
  const log: Recorded[] = [];
  let memory: { readonly buffer: ArrayBuffer } | undefined;
  let spans: [number, number][] = [];
  const live = runProgram(FILES, args, {
    mounts: inMemory({ b: 'b' }),
    env: { A: 'b' },
    stdin: 'line\n',
    onMemory: (bound) => {
      memory = bound as { buffer: ArrayBuffer };
    },
    observer: {
      before: () => {
        spans = [];
      },
      wrote: (address, length) => void spans.push([address, length]),
      after: (name, errno) => {
        const writes = spans.map(
          ([at, length]) => [at, new Uint8Array(memory!.buffer).slice(at, at + length)] as const,
        );
        log.push({ name, errno, writes });
      },
    },
  });
  const replayed = replay(log);
  assert.equal(replayed, live.stdout);
  assert.match(live.stdout, /> line\nend of input\n$/);
  assert.ok(log.length > 30);
});

/** Answers every call from the log and returns what the program wrote to its outputs. */
function replay(log: readonly Recorded[]): string {
  let output = '';
  let next = 0;
  const result = runProgram(FILES, ['other', 'arguments'], {
    replaceImports: (memory) => (name) => {
      return (...args) => {
        const entry = log[next++];
        assert.equal(entry?.name, name);
        const bytes = new Uint8Array(memory().buffer);
        if (name === 'fd_write' && args[0] === 1) output += iovecText(bytes, Number(args[1]), Number(args[2]));
        for (const [at, written] of entry!.writes) bytes.set(written, at);
        return entry!.errno;
      };
    },
  });
  assert.deepEqual([result.code, next], [0, log.length]);
  return output;
}

function iovecText(bytes: Uint8Array, at: number, count: number): string {
  const view = new DataView(bytes.buffer);
  let text = '';
  for (let index = 0; index < count; index++) {
    const start = view.getUint32(at + index * 8, true);
    text += new TextDecoder().decode(bytes.slice(start, start + view.getUint32(at + index * 8 + 4, true)));
  }
  return text;
}

test('an unlimited quota stays unlimited', () => {
  const guest = new Direct({ mounts: inMemory(), quotas: UNLIMITED });
  for (let index = 0; index < 200; index++) {
    assert.equal(typeof guest.open(`f${index}`, { flags: CREATE, rights: WRITE_RIGHTS }), 'number');
  }
});
