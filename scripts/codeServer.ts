/**
 * A VS Code that a browser can open, served on loopback: code-server from npm, fetched once into an ignored
 * folder. Used by `npm start` where there is no `code`, and by the tests that need a real VS Code.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { root, run } from './run.ts';

const VERSION = '4.139.1';
const folder = join(root, '.vscode-server');
const entry = join(folder, 'node_modules/code-server/out/node/entry.js');
const installed = join(folder, `installed-${VERSION}`);

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.enabled': false,
  'typescript.disableAutomaticTypeAcquisition': true,
  'npm.fetchOnlinePackageInfo': false,
  'json.schemaDownload.enable': false,
};

export interface CodeServer {
  readonly url: string;
  readonly process: ChildProcess;
  readonly logFile: string;
  stop(): Promise<void>;
}

/** Fetches code-server if it is not there yet: some 30 seconds and 670 MB. */
export async function provideCodeServer(): Promise<void> {
  if (existsSync(installed)) return;
  if (process.platform === 'win32') {
    throw new Error('There is no VS Code to open: install it from code.visualstudio.com so that "code" is on PATH.');
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  console.log('Fetching code-server (once) …');
  await run('npm', ['install', ...flags, `code-server@${VERSION}`], { cwd: folder });
  // Optional packages are other platforms' binaries and assistants; the file watcher is the one that matters.
  const inner = join(folder, 'node_modules/code-server/lib/vscode');
  await run('npm', ['install', ...flags, '--omit=dev', '--omit=optional'], { cwd: inner });
  const watcher = JSON.parse(readFileSync(join(inner, 'node_modules/@parcel/watcher/package.json'), 'utf8')).version;
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const platform = `@parcel/watcher-${process.platform}-${process.arch}${libc}@${watcher}`;
  await run('npm', ['install', ...flags, '--no-save', '--omit=dev', '--omit=optional', platform], { cwd: inner });
  writeFileSync(installed, '');
}

/** Starts a server whose settings, extensions and home live in `data`. Resolves when it answers. */
export async function startCodeServer(data: string, vsix: string, settings: object = {}): Promise<CodeServer> {
  for (const part of ['user/User', 'extensions', 'home']) mkdirSync(join(data, part), { recursive: true });
  const settingsFile = join(data, 'user/User/settings.json');
  const own = existsSync(settingsFile) ? JSON.parse(readFileSync(settingsFile, 'utf8')) : {};
  writeFileSync(settingsFile, JSON.stringify({ ...SETTINGS, ...own, ...settings }, null, 2));
  const env = { ...process.env, HOME: join(data, 'home') };
  const folders = [
    '--user-data-dir',
    join(data, 'user'),
    '--extensions-dir',
    join(data, 'extensions'),
    '--config',
    join(data, 'config.yaml'),
  ];
  installExtension([entry, ...folders, '--install-extension', vsix, '--force'], env);
  const port = await freePort();
  const logFile = join(data, 'server.log');
  const log = openSync(logFile, 'w');
  const quiet = [
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-workspace-trust',
    '--disable-getting-started-override',
  ];
  const child = spawn(
    process.execPath,
    [entry, ...folders, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, ...quiet],
    {
      env,
      stdio: ['ignore', log, log],
      detached: true,
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/healthz`, child, logFile);
  return { url, process: child, logFile, stop: () => stop(child) };
}

/** The server logs to a native module that is not built here and says so at length: its words are shown only when it fails. */
function installExtension(args: readonly string[], env: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The extension could not be installed:\n${stdout}\n${stderr}`);
}

async function answers(url: string, child: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`code-server does not answer:\n${readFileSync(logFile, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The server has children of its own: end its whole process group. */
function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.pid === undefined) return resolve();
    const group = -child.pid;
    const hard = setTimeout(() => process.kill(group, 'SIGKILL'), 3000);
    child.once('exit', () => {
      clearTimeout(hard);
      resolve();
    });
    process.kill(group, 'SIGTERM');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
