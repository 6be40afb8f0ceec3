import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FilesystemGrants } from '../../sandbox/config/config.ts';
import { entryFile } from '../../sandbox/guest/entryFile.ts';
import { hasPermissionModel, launchOptions } from '../../sandbox/guest/process/processWall.ts';
import {
  createWorkingFolder,
  removeAbandoned,
  removeWorkingFolder,
} from '../../sandbox/guest/process/workingFolder.ts';
import { CONFIG, fixture, GuestUnderTest } from './guestUnderTest.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'guest-walls-'));
after(() => rmSync(folder, { recursive: true }));

const places = {
  outside: '/etc/hosts',
  beside: path.join(folder, 'beside'),
  granted: path.join(folder, 'granted'),
  grantedLink: path.join(folder, 'granted', 'link'),
  writable: path.join(folder, 'writable'),
  port: 0,
};
mkdirSync(places.granted);
mkdirSync(places.writable);
writeFileSync(places.beside, 'secret');
writeFileSync(path.join(places.granted, 'file'), 'granted');
symlinkSync(places.beside, places.grantedLink);

const LINUX = process.platform === 'linux';
/** Node 25 covers the network with its permission model. */
const COVERS_NETWORK = process.allowedNodeEnvironmentFlags.has('--allow-net');
/** Some versions of Node can take a permission back, the others hide what it is for. */
const DROPS = hasPermissionModel() && 'drop' in permissionOfAnother();

/** Node 25 takes `/` itself, not what is in it, for granted once two paths beneath are. */
const ROOT = process.version.startsWith('v25.') ? 'possible' : '-';

/** What code in a guest's process can do: `-` stands for "the permission model refuses it". */
const WITH_GRANTS: Readonly<Record<string, string>> = {
  'read its own code': 'possible',
  'read what is granted': 'possible',
  'write what is granted': 'possible',
  'read a file outside': '-',
  'read a file beside a grant': '-',
  'read above a grant by its name': '-',
  'read above a grant by its descriptor': '-',
  'write above a grant by its descriptor': '-',
  'open the folder above a grant by its descriptor': '-',
  'list the folder above its own': '-',
  'list the root': ROOT,
  'tell whether a file exists': '-',
  'write outside': '-',
  'write into its working folder': '-',
  'write into its own code': '-',
  'write where reading is granted': '-',
  'make a link out of a grant': '-',
  'link a file outside into a grant': '-',
  'move a file outside into a grant': '-',
  // The core never follows it, Node's model does: docs/security.md names what the model cannot stop.
  'follow a link that the user has put into a grant': 'possible',
  'read the environment it was started with': '-',
  'read its memory as a file': '-',
  'read its parent’s environment': '-',
  'read a file as a blob': '-',
  'load an environment file': '-',
  'see a variable': 'none',
  'change its folder': ROOT,
  'start a program': '-',
  'become another program': '-',
  'start a thread with no limits': DROPS ? '-' : 'TypeError',
  'register module hooks': DROPS ? '-' : 'TypeError',
  'load an addon': 'ERR_DLOPEN_DISABLED',
  'use bindings of the runtime': '-',
  'listen for a debugger': '-',
  'debug itself': '-',
  'use node:wasi': '-',
  'open a database': 'TypeError',
  'write a report': '-',
  'write a heap snapshot': '-',
  'signal its parent': 'possible',
};

const WITHOUT_GRANTS: Readonly<Record<string, string>> = {
  ...WITH_GRANTS,
  'read what is granted': '-',
  'write what is granted': '-',
  'follow a link that the user has put into a grant': '-',
  'list the root': '-',
  'change its folder': '-',
};

const IN_A_WORKER = {
  'change its folder': 'ERR_WORKER_UNSUPPORTED_OPERATION',
  'become another program': 'ERR_WORKER_UNSUPPORTED_OPERATION',
};

describe('code in a guest’s process, shut in by the permission model', { skip: !hasPermissionModel() }, () => {
  const server = createServer((socket) => socket.destroy());
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') places.port = address.port;
  });
  after(() => server.close());

  const grants: Partial<FilesystemGrants> = {
    read: [{ host: places.granted, guest: 'granted' }],
    write: [{ host: places.writable, guest: 'writable' }],
  };
  for (const [name, filesystem, expected] of [
    ['with grants', grants, WITH_GRANTS],
    ['without any', {}, WITHOUT_GRANTS],
  ] as const) {
    it(`reaches nothing beside them, in its main thread and in the guest’s: ${name}`, async () => {
      const { main, worker } = await outcomes(filesystem);
      const network = COVERS_NETWORK ? '-' : 'possible';
      assert.deepEqual(main, { ...expected, 'reach the network': network });
      assert.deepEqual(worker, { ...expected, ...IN_A_WORKER });
      assert.equal(readFileSync(places.beside, 'utf8'), 'secret');
      assert.ok(!existsSync(`${places.beside}.new`) && !existsSync(path.join(folder, 'new')));
    });
  }

  it('has no environment, and says which of its walls stand', async () => {
    const { guest } = await GuestUnderTest.load(fixture('calls.wat'));
    assert.deepEqual(guest.walls, {
      node: process.version,
      permissions: true,
      childProcesses: true,
      addons: true,
      inspector: true,
      wasi: true,
      threads: DROPS ? 'shut' : 'hidden',
      network: COVERS_NETWORK,
      environment: true,
    });
    await guest.kill();
  });
});

describe('a guest’s process', () => {
  it('inherits no descriptor', { skip: !LINUX }, () => {
    const script = fileURLToPath(new URL('../fixtures/guest/descriptors.ts', import.meta.url));
    const command = `exec 9</etc/hosts 77</etc/hosts 501</etc/hosts; exec '${process.execPath}' '${script}'`;
    const said = execFileSync('bash', ['-c', command], { encoding: 'utf8' });
    assert.equal(said.split('\n')[0], '[]');
  });

  it('works in a folder of its own, which is gone with it', async () => {
    const { guest } = await GuestUnderTest.load(fixture('calls.wat'));
    const cwd = LINUX
      ? path.basename(execFileSync('readlink', [`/proc/${guest.processId}/cwd`], { encoding: 'utf8' }).trim())
      : undefined;
    if (cwd !== undefined) assert.match(cwd, new RegExp(`^wasm-sandbox-guest-${process.pid}-`));
    await guest.kill();
    if (cwd !== undefined) assert.ok(!existsSync(path.join(tmpdir(), cwd)));
  });

  it('reaches a grant that is a link', async () => {
    const real = path.join(folder, 'real');
    writeFileSync(real, 'found');
    const host = path.join(folder, 'link');
    symlinkSync(real, host);
    const filesystem = { ...CONFIG.filesystem, read: [{ host, guest: 'secret' }] };
    const entry = { kind: 'call', function: 'trespass', arguments: [] } as const;
    const end = await GuestUnderTest.end(fixture('trespasser.wat'), { entry, config: { filesystem } });
    assert.deepEqual(end, { kind: 'exited', code: 0, results: [0] });
  });
});

describe('working folders left behind', () => {
  it('are removed when their process is gone, and nothing else is', () => {
    const parent = mkdtempSync(path.join(folder, 'tmp-'));
    const gone = spawnedAndGone();
    const abandoned = path.join(parent, `wasm-sandbox-guest-${gone}-abcDEF`);
    const kept = [
      `wasm-sandbox-guest-${process.pid}-abcDEF`,
      `wasm-sandbox-guest-${gone}-filled`,
      `wasm-sandbox-guest-${gone}-link00`,
      `wasm-sandbox-guest-${gone}`,
      'other',
    ].map((name) => path.join(parent, name));
    mkdirSync(abandoned);
    for (const [index, each] of kept.entries()) index === 2 ? symlinkSync(places.writable, each) : mkdirSync(each);
    writeFileSync(path.join(kept[1] ?? '', 'file'), '');
    removeAbandoned(parent);
    assert.ok(!existsSync(abandoned));
    for (const each of kept) assert.ok(existsSync(each), each);
    assert.ok(existsSync(places.writable));
  });
});

type Outcomes = Readonly<Record<string, string>>;

/** Starts a process as a guest's is started, but for the code in front. */
async function outcomes(filesystem: Partial<FilesystemGrants>): Promise<{ main: Outcomes; worker: Outcomes }> {
  const config = { ...CONFIG, filesystem: { ...CONFIG.filesystem, ...filesystem } };
  const cwd = createWorkingFolder();
  const options = launchOptions({ config, permissions: true, folder: cwd });
  const probe = `const places = ${JSON.stringify(places)};\n${fixture('wallProbe.mjs')}`;
  const url = `data:text/javascript;base64,${Buffer.from(probe).toString('base64')}`;
  const child = fork(entryFile('controller'), ['512'], {
    ...options,
    execArgv: [...(options.execArgv ?? []), '--import', url],
  });
  try {
    const { worker } = await said(child, 'worker');
    child.send({ kind: 'probe' });
    const { main } = await said(child, 'main');
    return { main: main ?? {}, worker: worker ?? {} };
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
    removeWorkingFolder(cwd);
  }
}

async function said(child: ChildProcess, thread: string): Promise<Readonly<Record<string, Outcomes>>> {
  const words: string[] = [];
  child.stderr?.on('data', (text) => words.push(String(text)));
  const message = await Promise.race([
    once(child, 'message').then(([first]) => first),
    once(child, 'close').then(() => assert.fail(`the process ended: ${words.join('')}`)),
  ]);
  assert.equal(message.thread, thread);
  const entries = Object.entries<string>(message.outcomes);
  return {
    [thread]: Object.fromEntries(entries.map(([name, code]) => [name, code === 'ERR_ACCESS_DENIED' ? '-' : code])),
  };
}

/** The permission object of a process that has one, as its keys. */
function permissionOfAnother(): Readonly<Record<string, true>> {
  const script =
    'console.log(JSON.stringify(Object.fromEntries(Object.getOwnPropertyNames(process.permission).map((n) => [n, true]))))';
  return JSON.parse(execFileSync(process.execPath, ['--permission', '-e', script], { encoding: 'utf8', env: {} }));
}

function spawnedAndGone(): number {
  return Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
}
