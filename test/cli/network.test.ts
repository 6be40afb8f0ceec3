/** Programs that use what `sandbox/guest-sdk` offers, and a server in C, from source to the last byte. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { disposeCompilers, Sandbox } from '../../sandbox/index.ts';
import { WebServer } from '../guest/webServer.ts';
import { start, wasmSandbox } from './commandLine.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const PROGRAMS = path.join(ROOT, 'test/fixtures/network');
const scratch = mkdtempSync(path.join(tmpdir(), 'network-'));
after(() => {
  rmSync(scratch, { recursive: true });
  disposeCompilers();
});

const web = await WebServer.start(({ method, body, headers }, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.end(`${method} ${body || 'nothing'} ${headers['x-mark'] ?? 'unmarked'}`);
});
const network = { allow: [`127.0.0.1:${web.port}`] };

function configFile(name: string, content: object): string {
  const file = path.join(scratch, name);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

describe('the SDK', { concurrency: 2 }, () => {
  const fetchC = path.join(ROOT, 'examples/http/fetch.c');

  test('in C, through the library', async () => {
    const sandbox = Sandbox.fromSource(fetchC, { config: { network } });
    const { stdout, violations, usage } = await sandbox.start({ args: [web.url(), 'http://127.0.0.2/'] });
    const body = 'GET nothing unmarked';
    assert.equal(
      stdout,
      `${web.url()}: status 200, ${body.length} bytes\n${body}\nhttp://127.0.0.2/: Permission denied\n`,
    );
    assert.deepEqual(
      violations.map(({ operation, target, function: name }) => [operation, target, name]),
      [['sandbox_http.request', '127.0.0.2:80', 'show']],
    );
    assert.deepEqual([usage.networkRequests, usage.bytesReceived], [1, body.length]);
  });

  test('in C++, as C++ sees it', async () => {
    const source = path.join(scratch, 'plus.c');
    const plus = path.join(scratch, 'plus.cc');
    writeFileSync(source, 'int check(void);\nint main(void) { return check(); }\n');
    writeFileSync(
      plus,
      `#include <sandbox_http.h>
      extern "C" int check() {
        sandbox_http_response response = {};
        int error = sandbox_http_get("nonsense", &response);
        sandbox_http_free(&response);
        return error;
      }`,
    );
    const buildArgs = ['-xc++', plus, '-Wall', '-Wextra', '-Werror'];
    const { outcome } = await Sandbox.fromSource(source, { buildArgs }).start();
    assert.deepEqual(outcome.kind === 'exited' && outcome.code, INVAL);
  });

  test('in C with all warnings, without one', async () => {
    const source = path.join(scratch, 'strict.c');
    writeFileSync(source, '#include "sandbox_http.h"\nint main(void) { return 0; }\n');
    const sandbox = Sandbox.fromSource(source, {
      buildArgs: ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror'],
    });
    assert.deepEqual(await sandbox.compile(), []);
  });

  test('in AssemblyScript, through the command line', async () => {
    const config = configFile('as.json', { network });
    const program = path.join(PROGRAMS, 'fetch.ts');
    const { code, stdout, stderr } = await wasmSandbox(['run', '--config', config, program, '--', web.url()]);
    assert.deepEqual(stdout.trim().split('\n'), [
      '200 GET nothing yes',
      'type text/plain, no',
      'POST {"a":1} unmarked',
      'DELETE nothing unmarked',
      'error 2',
    ]);
    assert.equal(code, 0);
    const line =
      readFileSync(program, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('@refused')) + 1;
    assert.match(stderr, new RegExp(`sandbox_http\\.request .*"127\\.0\\.0\\.2:80" at .*fetch\\.ts:${line}:\\d+`));
  });

  test('as it is built', async () => {
    const built = path.join(ROOT, 'dist/cli.mjs');
    assert.ok(existsSync(built), 'npm run build makes it');
    const config = configFile('built.json', { network });
    for (const [program, line] of [
      [fetchC, 'GET nothing unmarked'],
      [path.join(PROGRAMS, 'fetch.ts'), 'POST {"a":1} unmarked'],
    ] as const) {
      const run = start(['run', '--config', config, program, '--', web.url()], {}, built);
      const stdout = await text(run.stdout);
      assert.ok(stdout.includes(line), stdout);
    }
  });

  const rustc = rustCompiler();
  test(
    rustc === undefined ? 'in Rust, not tried: no rustc with a target for WASI' : `in Rust, by ${rustc.version}`,
    async () => {
      if (rustc === undefined) return;
      const wasm = path.join(scratch, 'fetch.wasm');
      execFileSync(rustc.path, ['--target', rustc.target, '-Dwarnings', '-o', wasm, path.join(PROGRAMS, 'fetch.rs')]);
      const { stdout } = await Sandbox.fromSource(wasm, { config: { network } }).start({ args: [web.url()] });
      assert.deepEqual(stdout.trim().split('\n'), ['200 POST body yes', 'true', 'errno 2']);
    },
  );
});

interface RustCompiler {
  readonly path: string;
  readonly version: string;
  readonly target: string;
}

function rustCompiler(): RustCompiler | undefined {
  for (const name of ['rustc', '/usr/bin/rustc']) {
    const said = spawnSync(name, ['--version'], { encoding: 'utf8' });
    if (said.status !== 0) continue;
    const sysroot = spawnSync(name, ['--print', 'sysroot'], { encoding: 'utf8' }).stdout.trim();
    const target = ['wasm32-wasip1', 'wasm32-wasi'].find((each) =>
      existsSync(path.join(sysroot, 'lib/rustlib', each, 'lib')),
    );
    if (target !== undefined) return { path: name, version: said.stdout.trim(), target };
  }
  return undefined;
}

describe('a server', { concurrency: true }, () => {
  const program = path.join(ROOT, 'examples/server/server.c');

  test('in C answers whoever asks', async () => {
    const port = await freePort();
    const config = configFile('server.json', { network: { listen: [`127.0.0.1:${port}`], maxConnections: 1 } });
    const run = start(['run', '--config', config, program]);
    const output = text(run.stdout);
    await once(run.stdout, 'data');
    const url = `http://127.0.0.1:${port}`;
    assert.equal(await (await fetch(`${url}/first`)).text(), 'You are visitor 1.\n');
    assert.equal(await (await fetch(`${url}/${'x'.repeat(2000)}`)).text(), 'You are visitor 2.\n');
    assert.equal(await (await fetch(`${url}/quit`)).text(), 'You are visitor 3.\n');
    const lines = (await output).split('\n').map((line) => line.slice(0, 9));
    assert.deepEqual(lines, ['Waiting f', 'GET /firs', 'GET /xxxx', 'GET /quit', '']);
  });

  test('is not started where its port is taken', async () => {
    const config = configFile('taken.json', { network: { listen: [`127.0.0.1:${web.port}`] } });
    const { code, stderr } = await wasmSandbox(['run', '--config', config, program]);
    assert.equal(code, 2);
    assert.match(stderr, /listen on 127\.0\.0\.1:\d+ .*that port is in use\. End the program/);
  });
});

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** WASI errno. */
const INVAL = 28;
