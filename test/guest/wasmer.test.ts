import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { openHostFolder } from '../../sandbox/guest/files/hostFolder.ts';
import { loadWasmer } from '../../sandbox/guest/wasmer/wasmerLibrary.ts';
import { createWasmerPreview1 } from '../../sandbox/guest/wasmer/wasmerPreview1.ts';
import { type Report, Sandbox } from '../../sandbox/index.ts';
import type { CallObserver } from '../../sandbox/wasi/host.ts';
import { createMemoryFileSystem } from '../../sandbox/wasi/memoryFileSystem.ts';
import { createPreview1 } from '../../sandbox/wasi/preview1.ts';
import { runProgram, testOptions } from '../wasi/program.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/guest/providers.wasm', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'providers-'));
after(() => rmSync(scratch, { recursive: true }));
const library = await loadWasmer();
const wasmer: typeof createPreview1 = (options) => createWasmerPreview1(options, library);

describe('one program on both providers', () => {
  it('prints the same, leaves the same files, is refused the same; and hears what @wasmer/wasi cannot', async () => {
    const [own, other] = [await run('builtin'), await run('wasmer')];
    assert.match(
      own.stdout,
      /^2 arguments, one, NAME is value\ndata\/in: hello there\ndata\/middle: X1ab456789\nsize 12\n/,
    );
    assert.equal(other.stdout, own.stdout);
    assert.deepEqual(other.files, own.files);
    assert.deepEqual(other.report.outcome, own.report.outcome);
    assert.deepEqual(refusals(other.report), refusals(own.report));
    assert.equal(refusals(own.report).length, 3);
    const { outputBytes: _, ...usage } = counts(other.report);
    const { outputBytes: __, ...expected } = counts(own.report);
    assert.deepEqual(usage, expected);
    assert.equal(own.stderr, 'done\n');
    assert.deepEqual(
      other.stderr.split('\n').map((line) => /@wasmer\/wasi 1\.2\.2 (.*); the sandbox's own/.exec(line)?.[1] ?? line),
      [
        'inserts what a program writes over the middle of a file',
        'panics when a program sleeps or waits for input (poll_oneoff)',
        'done',
        '',
      ],
    );
  });

  it('is recorded the same', () => {
    const recordings = [createPreview1, wasmer].map((create) => {
      const files = folderWith({ in: 'hello there' });
      const folder = openHostFolder(files);
      const calls: string[] = [];
      const observer: CallObserver = {
        before: (name) => void calls.push(name),
        wrote: (address, length) => void calls.push(`${address}+${length}`),
        after: (name, errno) => void calls.push(`${name} ${errno}`),
      };
      const mounts = [{ guest: 'data', source: { kind: 'folder', folder } as const, read: true, write: true }];
      runProgram(PROGRAM, ['one'], { mounts, env: { NAME: 'value' }, observer, create });
      folder.close();
      return calls;
    });
    assert.ok((recordings[0]?.length ?? 0) > 100);
    assert.deepEqual(recordings[1], recordings[0]);
  });
});

describe('any use of two files', () => {
  const descriptor = fc.integer({ min: 5, max: 8 });
  const small = fc.integer({ min: 0, max: 20 });
  const call = fc.oneof(
    fc.tuple(fc.constant('path_open'), fc.constantFrom('a', 'b'), fc.constantFrom(0, 1, 8, 9), fc.constantFrom(0, 1)),
    fc.tuple(fc.constantFrom('fd_write', 'fd_read', 'fd_filestat_set_size'), descriptor, small),
    fc.tuple(fc.constantFrom('fd_pwrite', 'fd_pread', 'fd_seek'), descriptor, small, fc.integer({ min: 0, max: 2 })),
    fc.tuple(fc.constantFrom('fd_tell', 'fd_filestat_get', 'fd_close'), descriptor),
    fc.tuple(fc.constant('fd_renumber'), descriptor, descriptor),
  );

  it('has the same answers from both', () => {
    let told = 0;
    const answers = (create: typeof createPreview1, calls: readonly FileCall[]) => {
      const folder = createMemoryFileSystem({ a: '0123456789' }, () => 1n);
      const mounts = [{ guest: '/', source: { kind: 'folder', folder } as const, read: true, write: true }];
      const files = new FileCalls(create, { mounts, output: () => void told++ });
      return calls.map((each) => files.answer(each));
    };
    fc.assert(
      fc.property(fc.array(call, { maxLength: 30 }), (calls) =>
        assert.deepEqual(answers(wasmer, calls), answers(createPreview1, calls)),
      ),
      { numRuns: 200 },
    );
    assert.ok(told > 0);
  });
});

describe('@wasmer/wasi', () => {
  it('is left alone with what policy refuses, and goes on after that', () => {
    const folder = openHostFolder(folderWith({ in: 'hello there' }));
    const mounts = [{ guest: 'data', source: { kind: 'folder', folder } as const, read: true, write: false }];
    const own = runProgram(PROGRAM, ['one'], { mounts });
    const other = runProgram(PROGRAM, ['one'], { mounts, create: wasmer });
    assert.ok(own.violations.length > 5);
    assert.deepEqual(other.violations, own.violations);
    assert.equal(other.stdout, own.stdout);
    folder.close();
  });

  it('that panics takes nothing with it', () => {
    const folder = openHostFolder(folderWith({ in: 'hello there' }));
    const mounts = [{ guest: 'data', source: { kind: 'folder', folder } as const, read: true, write: true }];
    const broken: typeof createPreview1 = (options) =>
      createWasmerPreview1(options, { MemFS: library.MemFS, WASI: failingAt(3) });
    const { code, stdout, stderr } = runProgram(PROGRAM, ['one'], { mounts, create: broken });
    assert.equal(code, 3);
    assert.match(stdout, /data\/middle: X1ab456789/);
    assert.match(stderr, /@wasmer\/wasi 1\.2\.2 has failed \(.* fails: unreachable\)/);
    folder.close();
  });
});

type FileCall = readonly [name: string, first: number | string, second?: number, third?: number];

const [NAME, VECTOR, RESULT, BUFFER] = [0, 16, 64, 1024];
const ALL_RIGHTS = (1n << 28n) - 1n;
const ROOT = 3;

/** Calls of one file each, over a memory without a guest. */
class FileCalls {
  readonly #provider: ReturnType<typeof createPreview1>;
  readonly #memory = { buffer: new ArrayBuffer(65536) };
  readonly #view = new DataView(this.#memory.buffer);

  constructor(create: typeof createPreview1, options: Parameters<typeof testOptions>[0]) {
    this.#provider = create(testOptions(options));
    this.#provider.bind(this.#memory);
  }

  /** Its errno, and what it has written. */
  answer([name, first, second = 0, third = 0]: FileCall): string {
    new Uint8Array(this.#memory.buffer).fill(0, RESULT, RESULT + 64).fill(second + 65, BUFFER, BUFFER + 32);
    this.#view.setUint32(VECTOR, BUFFER, true);
    this.#view.setUint32(VECTOR + 4, second, true);
    const errno = this.#provider.imports[name]!(...this.#arguments(name, first, second, third));
    const written = Buffer.from(this.#memory.buffer, RESULT, 64);
    // Numbers of descriptors, sizes, positions and contents; not times and inodes.
    const result = name === 'fd_filestat_get' ? written.subarray(32, 40) : written.subarray(0, 8);
    return [name, errno, result.toString('hex'), Buffer.from(this.#memory.buffer, BUFFER, 32).toString('latin1')].join(
      ' ',
    );
  }

  #arguments(name: string, first: number | string, second: number, third: number): (number | bigint)[] {
    if (typeof first === 'string') {
      this.#view.setUint8(NAME, first.charCodeAt(0));
      return [ROOT, 0, NAME, 1, second, ALL_RIGHTS, ALL_RIGHTS, third, RESULT];
    }
    switch (name) {
      case 'fd_write':
      case 'fd_read':
        return [first, VECTOR, 1, RESULT];
      case 'fd_pwrite':
      case 'fd_pread':
        return [first, VECTOR, 1, BigInt(third), RESULT];
      case 'fd_seek':
        return [first, BigInt(second), third, RESULT];
      case 'fd_filestat_set_size':
        return [first, BigInt(second)];
      case 'fd_renumber':
        return [first, second];
      default:
        return name === 'fd_close' ? [first] : [first, RESULT];
    }
  }
}

/** The library, whose calls trap from the nth on. */
function failingAt(nth: number): typeof library.WASI {
  return new Proxy(library.WASI, {
    construct(target, [options]) {
      const wasi = new target(options);
      const imports = wasi.getImports.bind(wasi);
      wasi.getImports = (module) => {
        const { wasi_snapshot_preview1: calls } = imports(module) as Record<string, Record<string, () => number>>;
        let left = nth;
        const failing = Object.entries(calls ?? {}).map(([name, call]) => [
          name,
          (...args: []) => {
            if (--left <= 0) throw new WebAssembly.RuntimeError('unreachable');
            return call(...args);
          },
        ]);
        return { wasi_snapshot_preview1: Object.fromEntries(failing) };
      };
      return wasi;
    },
  });
}

interface Run {
  readonly report: Report;
  readonly stdout: string;
  readonly stderr: string;
  readonly files: Readonly<Record<string, string>>;
}

async function run(wasi: 'builtin' | 'wasmer'): Promise<Run> {
  const data = folderWith({ in: 'hello there' });
  const fixed = folderWith({ in: 'fixed' });
  const config = {
    wasi,
    filesystem: {
      read: [
        { host: data, guest: 'data' },
        { host: fixed, guest: 'fixed' },
      ],
      write: [{ host: data, guest: 'data' }],
    },
  };
  const texts = { stdout: '', stderr: '' };
  const sandbox = Sandbox.fromSource(PROGRAM, { config, env: { NAME: 'value' } });
  const report = await sandbox.execute(undefined, {
    args: ['one'],
    onOutput: (stream, bytes) => {
      texts[stream] += new TextDecoder().decode(bytes);
    },
  });
  const files = Object.fromEntries(
    readdirSync(data).map((name) => [name, readFileSync(path.join(data, name), 'utf8')]),
  );
  return { report, ...texts, files };
}

function refusals({ violations }: Report): readonly (readonly string[])[] {
  return violations.map(({ operation, target, required, errno }) => [operation, target, required, errno]);
}

function counts({ usage }: Report): Readonly<Record<string, number>> {
  const { time: _, memory: __, instant: ___, ...others } = usage;
  return others;
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(scratch, 'data-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}
