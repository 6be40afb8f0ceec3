import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryFileSystem } from '../../sandbox/wasi/memoryFileSystem.ts';
import { createPreview1 } from '../../sandbox/wasi/preview1.ts';
import { ALL_RIGHTS, CREATE, Direct, PAGE, ROOT } from './direct.ts';
import { testOptions } from './program.ts';

/** An argument that is good as it stands, and which kind of bad one each function must notice. */
type Argument = number | bigint | { readonly fd: number } | { readonly pointer: number };

const file = { fd: 5 };
const folder = { fd: ROOT };
const at = (pointer: number): Argument => ({ pointer });
const path = [at(4000), 1] as const;

const FUNCTIONS: Record<string, readonly Argument[]> = {
  args_get: [at(8), at(100)],
  args_sizes_get: [at(8), at(12)],
  environ_get: [at(8), at(100)],
  environ_sizes_get: [at(8), at(12)],
  clock_res_get: [0, at(8)],
  clock_time_get: [0, 1n, at(8)],
  fd_advise: [file, 0n, 0n, 0],
  fd_allocate: [file, 0n, 1n],
  fd_close: [file],
  fd_datasync: [file],
  fd_fdstat_get: [file, at(8)],
  fd_fdstat_set_flags: [file, 1],
  fd_fdstat_set_rights: [file, 0n, 0n],
  fd_filestat_get: [file, at(8)],
  fd_filestat_set_size: [file, 1n],
  fd_filestat_set_times: [file, 0n, 0n, 0],
  fd_pread: [file, at(600), 1, 0n, at(8)],
  fd_prestat_get: [folder, at(8)],
  fd_prestat_dir_name: [folder, at(8), 1],
  fd_pwrite: [file, at(600), 1, 0n, at(8)],
  fd_read: [file, at(600), 1, at(8)],
  fd_readdir: [folder, at(1000), 100, 0n, at(8)],
  fd_renumber: [file, { fd: 0 }],
  fd_seek: [file, 0n, 0, at(8)],
  fd_sync: [file],
  fd_tell: [file, at(8)],
  fd_write: [file, at(600), 1, at(8)],
  path_create_directory: [folder, ...path],
  path_filestat_get: [folder, 0, ...path, at(8)],
  path_filestat_set_times: [folder, 0, ...path, 0n, 0n, 0],
  path_link: [folder, 0, ...path, folder, ...path],
  path_open: [folder, 0, ...path, 0, 0n, 0n, 0, at(8)],
  path_readlink: [folder, ...path, at(1000), 10, at(8)],
  path_remove_directory: [folder, ...path],
  path_rename: [folder, ...path, folder, ...path],
  path_symlink: [...path, folder, ...path],
  path_unlink_file: [folder, ...path],
  poll_oneoff: [at(2000), at(3000), 1, at(8)],
  proc_raise: [18],
  random_get: [at(8), 8],
  sched_yield: [],
  sock_accept: [file, 0, at(8)],
  sock_recv: [file, at(600), 1, 0, at(8), at(12)],
  sock_send: [file, at(600), 1, 0, at(8)],
  sock_shutdown: [file, 1],
};

/** Answered before any pointer is looked at: there is nothing behind these functions. */
const WITHOUT_POINTERS = new Set(['sock_accept', 'sock_recv', 'sock_send']);

function prepared(): Direct {
  const root = createMemoryFileSystem({ x: 'text' });
  const source = { kind: 'folder', folder: root } as const;
  const direct = new Direct({
    mounts: [{ guest: '/', source, read: true, write: true }],
    args: ['p', 'q'],
    env: { A: 'b' },
  });
  assert.equal(direct.open('file', { flags: CREATE, rights: ALL_RIGHTS }), file.fd);
  // An iovec of 4 bytes at 5000, a path "x", and a subscription to the clock: 48 bytes of zero.
  direct.view.setUint32(600, 5000, true);
  direct.view.setUint32(604, 4, true);
  direct.bytes[4000] = 'x'.charCodeAt(0);
  direct.bytes.fill(0, 2000, 2048);
  return direct;
}

function plain(argument: Argument): number | bigint {
  if (typeof argument !== 'object') return argument;
  return 'fd' in argument ? argument.fd : argument.pointer;
}

test('all 46 functions exist, and nothing else', () => {
  const names = Object.keys(createPreview1(testOptions()).imports).sort();
  assert.deepEqual(names, [...Object.keys(FUNCTIONS), 'proc_exit'].sort());
  assert.equal(names.length, 46);
});

for (const [name, signature] of Object.entries(FUNCTIONS)) {
  test(`${name}: wrong descriptors and pointers are told, before anything is done`, () => {
    for (const [index, argument] of signature.entries()) {
      if (typeof argument !== 'object') continue;
      const bad = 'fd' in argument ? [99, -1] : WITHOUT_POINTERS.has(name) ? [] : [PAGE, PAGE + 8, -4];
      for (const value of bad) {
        const direct = prepared();
        const before = direct.bytes.slice();
        const args = signature.map(plain);
        args[index] = value;
        assert.equal(
          direct.call(name, ...args),
          'fd' in argument ? 'BADF' : 'FAULT',
          `argument ${index} = ${args[index]}`,
        );
        assert.deepEqual(direct.bytes, before, `argument ${index}: memory was written to`);
        assert.deepEqual(direct.names('.'), ['file', 'x']);
      }
    }
  });
}

test('before a memory is bound each call answers FAULT', () => {
  const { imports } = createPreview1(testOptions());
  for (const [name, signature] of Object.entries(FUNCTIONS))
    assert.equal(imports[name]!(...signature.map(plain)), 21, name);
});

test('counts are checked before anything is allocated', () => {
  const direct = prepared();
  assert.equal(direct.call('fd_write', 1, 0, 1025, 8), 'INVAL');
  assert.equal(direct.call('fd_write', 1, 0, -1, 8), 'INVAL');
  assert.equal(direct.call('poll_oneoff', 0, 0, -1, 8), 'INVAL');
  assert.equal(direct.call('poll_oneoff', 0, 0, 0, 8), 'INVAL');
  assert.equal(direct.call('random_get', 0, -1), 'FAULT');
  assert.equal(direct.call('path_create_directory', ROOT, 0, 5000), 'NAMETOOLONG');
});

test('overlapping buffers cannot make the host join terabytes', () => {
  let written = 0;
  const direct = new Direct({ output: (_stream, bytes) => (written += bytes.length) });
  for (let index = 0; index < 1024; index++) {
    direct.view.setUint32(index * 8, 0, true);
    direct.view.setUint32(index * 8 + 4, PAGE, true);
  }
  assert.equal(direct.call('fd_write', 1, 0, 1024, 9000), 'SUCCESS');
  assert.equal(written, 1 << 20);
  assert.equal(direct.view.getUint32(9000, true), written);
});

test('strings are UTF-8: exact sizes for any text, an error for broken names', () => {
  const direct = new Direct({ args: ['prog', 'naïve 😀'], env: { GREETING: 'grüß' } });
  assert.equal(direct.call('args_sizes_get', 0, 4), 'SUCCESS');
  assert.deepEqual([direct.view.getUint32(0, true), direct.view.getUint32(4, true)], [2, 5 + 12]);
  assert.equal(direct.call('args_get', 16, 100), 'SUCCESS');
  assert.equal(new TextDecoder().decode(direct.bytes.slice(100, 117)), 'prog\0naïve 😀\0');
  assert.equal(direct.bytes[117], 0);
  assert.equal(direct.call('environ_sizes_get', 0, 4), 'SUCCESS');
  assert.equal(direct.view.getUint32(4, true), 'GREETING='.length + 6 + 1);
  direct.bytes.set([0xff, 0xfe], 2048);
  assert.equal(direct.call('path_unlink_file', ROOT, 2048, 2), 'ILSEQ');
  direct.bytes.set([0x61, 0], 2048);
  assert.equal(direct.call('path_unlink_file', ROOT, 2048, 2), 'INVAL');
});
