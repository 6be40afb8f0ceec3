import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createMemoryFileSystem } from '../../sandbox/wasi/memoryFileSystem.ts';
import { copyOnWrite } from './backends.ts';
import { Direct, PAGE } from './direct.ts';

/** Parameter types, from the specification: i is i32, I is i64. */
const SIGNATURES: Record<string, string> = {
  args_get: 'ii',
  args_sizes_get: 'ii',
  environ_get: 'ii',
  environ_sizes_get: 'ii',
  clock_res_get: 'ii',
  clock_time_get: 'iIi',
  fd_advise: 'iIIi',
  fd_allocate: 'iII',
  fd_close: 'i',
  fd_datasync: 'i',
  fd_fdstat_get: 'ii',
  fd_fdstat_set_flags: 'ii',
  fd_fdstat_set_rights: 'iII',
  fd_filestat_get: 'ii',
  fd_filestat_set_size: 'iI',
  fd_filestat_set_times: 'iIIi',
  fd_pread: 'iiiIi',
  fd_prestat_get: 'ii',
  fd_prestat_dir_name: 'iii',
  fd_pwrite: 'iiiIi',
  fd_read: 'iiii',
  fd_readdir: 'iiiIi',
  fd_renumber: 'ii',
  fd_seek: 'iIii',
  fd_sync: 'i',
  fd_tell: 'ii',
  fd_write: 'iiii',
  path_create_directory: 'iii',
  path_filestat_get: 'iiiii',
  path_filestat_set_times: 'iiiiIIi',
  path_link: 'iiiiiii',
  path_open: 'iiiiiIIii',
  path_readlink: 'iiiiii',
  path_remove_directory: 'iii',
  path_rename: 'iiiiii',
  path_symlink: 'iiiii',
  path_unlink_file: 'iii',
  poll_oneoff: 'iiii',
  proc_raise: 'i',
  random_get: 'ii',
  sched_yield: '',
  sock_accept: 'iii',
  sock_recv: 'iiiiii',
  sock_send: 'iiiii',
  sock_shutdown: 'ii',
};

/** Descriptors, flags, short lengths and places in memory are what finds a way in. */

const i32 = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }).map((index) => index * 64) },
  fc.constantFrom(-1, PAGE - 1, PAGE, 0x7fffffff, -0x80000000),
  fc.integer(),
);
const i64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 8n }),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.constantFrom(-1n, (1n << 28n) - 1n, 1n << 40n, (1n << 63n) - 1n, -(1n << 63n)),
);
const call = fc
  .constantFrom(...Object.entries(SIGNATURES))
  .chain(([name, types]) =>
    fc.tuple(fc.constant(name), fc.tuple(...[...types].map((type) => (type === 'i' ? i32 : i64)))),
  );

/** Every 64 bytes a path of up to nine characters, which is also an iovec to somewhere. */
function fillMemory(guest: Direct): void {
  const paths = ['a', 'd/', '../a', 'd/b', 'link', 'l/./..', '/a', '', 'd/../../a', '\u00ff'];
  for (let index = 0; index <= 40; index++) {
    const at = index * 64;
    new TextEncoder().encodeInto(paths[index % paths.length] ?? '', guest.bytes.subarray(at));
    guest.view.setUint32(at + 16, 40_000, true);
    guest.view.setUint32(at + 20, 100, true);
  }
}

const END = new Error('the guest has left');

function result(guest: Direct, name: string, args: readonly (number | bigint)[]): string {
  try {
    return guest.call(name, ...args);
  } catch (error) {
    if (error === END && name === 'proc_raise') return 'left';
    throw error;
  }
}

test('any sequence of calls with any arguments ends with an errno that a guest may see', () => {
  const run = (calls: (readonly [string, readonly (number | bigint)[]])[], copied: boolean) => {
    const tree = { a: 'text', d: { folder: { b: 'b' } }, link: { symlink: 'd/b' }, l: { symlink: 'd' } };
    const files = createMemoryFileSystem(tree);
    const folder = copied ? copyOnWrite(files) : files;
    const guest = new Direct({
      mounts: [{ guest: 'd', source: { kind: 'folder', folder }, read: true, write: true }],
      quotas: { maxOpenFiles: 8, maxFileSize: 1000, maxTotalWritten: 2000 },
      sleep: () => {},
      exit: () => {
        throw END;
      },
    });
    fillMemory(guest);
    for (const [name, args] of calls) assert.doesNotMatch(result(guest, name, args), /^(errno .*|IO)$/);
    guest.core.close();
  };
  fc.assert(fc.property(fc.array(call, { maxLength: 60 }), fc.boolean(), run), { numRuns: 600 });
});
