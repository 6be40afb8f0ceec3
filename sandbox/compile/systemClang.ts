/**
 * C to a module through the user's own clang: found on PATH or by `compilerPath`, given a sysroot with WASI's
 * libc, and run without a PATH so that it cannot call wasm-opt, which would damage the debug information.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { CompileRequest } from './artifact.ts';
import { compileFlags, diagnosticFlags, linkFlags, readBuildArguments } from './clangArguments.ts';
import { lacksMain, parseClangOutput } from './clangDiagnostics.ts';
import { type Build, type Compiler, type Source, summarize } from './compiler.ts';
import { collectSources, hasMain } from './cSources.ts';
import { sdkIncludeFlags, sdkIncludeFolder, sdkVersion } from './guestSdk.ts';
import { ChildFailure } from './warmChild.ts';

export const systemClang: Compiler = {
  identity,
  build,
  warmUp: () => undefined,
  dispose: () => undefined,
};

const names = ['clang', ...[22, 21, 20, 19, 18, 17, 16, 15, 14].map((version) => `clang-${version}`)];
const timeout = 60_000;

/** A message for the user about what is missing on this machine. */
class Missing extends Error {}

/** Every clang that could be chosen: choosing would start them, which a cache hit must not. */
async function identity(request: CompileRequest): Promise<string> {
  const given = request.compilerPath === undefined ? undefined : path.resolve(request.compilerPath);
  const candidates = given === undefined ? await Promise.all(names.map(findOnPath)) : [given];
  const described = candidates.filter((file) => file !== undefined).map(describeFile);
  return ['system', sdkVersion('c'), ...(await Promise.all(described)), process.env.WASI_SDK_PATH].join(' ');
}

async function describeFile(file: string): Promise<string> {
  try {
    const real = await realpath(file);
    const { mtimeMs, size } = await stat(real);
    return `${real} ${mtimeMs} ${size}`;
  } catch {
    return `${file} unreadable`;
  }
}

async function build(request: CompileRequest, source: Source): Promise<Build> {
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'wasm-sandbox-'));
  try {
    return await buildIn(temporary, request, source);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    return { ok: false, diagnostics: [], message: error.message };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function buildIn(temporary: string, request: CompileRequest, source: Source): Promise<Build> {
  const compiler = await findCompiler(request);
  const linker = await findLinker(compiler);
  const folder = path.dirname(source.path);
  const roots = [...new Set([source.path, ...(request.sources ?? []).map((file) => path.resolve(file))])];
  const user = readBuildArguments(request);
  const sources = await collectSources([...roots, ...user.files], user.includeFolders);
  const output = path.join(temporary, 'out.wasm');
  const sysroot = await sysrootFlags(temporary, compiler, user.args);
  const commandLine = (main: boolean): string[] => [
    '--target=wasm32-wasi',
    ...sysroot,
    `-fuse-ld=${linker}`,
    ...compileFlags(request),
    ...sdkIncludeFlags(sdkIncludeFolder()),
    `-fdebug-compilation-dir=${folder}`,
    ...diagnosticFlags,
    ...linkFlags(request, main),
    ...roots,
    ...user.args,
    '-o',
    output,
  ];
  const attempt = (main: boolean): Promise<Run> => run(compiler, commandLine(main), folder, request.signal);
  const main = hasMain(sources.texts.values());
  const first = await attempt(main);
  const { failed, log } = main && first.failed && lacksMain(first.log, undefined) ? await attempt(false) : first;
  const context = { program: source.path, texts: sources.texts, toRealPath: (file: string) => path.resolve(file) };
  const { diagnostics, general } = parseClangOutput(log, context);
  if (failed) {
    const reason = installationHint(log, compiler) ?? general[0];
    const message = reason ?? (diagnostics.length > 0 ? summarize(diagnostics) : log.trim().slice(0, 500));
    return { ok: false, diagnostics, message };
  }
  const wasm = new Uint8Array(await readFile(output));
  const headers = sources.found.filter((file) => !roots.includes(file) && /\.[ch]$/i.test(file));
  return {
    ok: true,
    artifact: { language: 'c', wasm, debug: { kind: 'dwarf' }, sources: [...roots, ...headers] },
    diagnostics,
    dependencies: sources.dependencies.filter((dependency) => dependency.path !== source.path),
  };
}

/** The first clang that can make WebAssembly. */
async function findCompiler(request: CompileRequest): Promise<string> {
  if (request.compilerPath !== undefined) {
    const given = path.resolve(request.compilerPath);
    if (!(await exists(given))) throw new Missing(`The compiler ${given} does not exist. Check "compilerPath".`);
    if (!(await makesWasm(given))) {
      throw new Missing(`${given} cannot compile to WebAssembly: its --print-targets lists no wasm32.`);
    }
    return given;
  }
  for (const name of names) {
    const found = await findOnPath(name);
    if (found !== undefined && (await makesWasm(found))) return found;
  }
  throw new Missing(
    'No clang that compiles to WebAssembly is on PATH. Install clang, lld and wasi-libc ' +
      '(Debian, Ubuntu: clang lld wasi-libc libclang-rt-dev-wasm32) or the WASI SDK, or use the embedded toolchain.',
  );
}

async function makesWasm(compiler: string): Promise<boolean> {
  return /^\s*wasm32\b/m.test((await run(compiler, ['--print-targets'], os.tmpdir())).log);
}

async function findLinker(compiler: string): Promise<string> {
  const beside = (await run(compiler, ['-print-prog-name=wasm-ld'], os.tmpdir())).log.trim();
  if (path.isAbsolute(beside) && (await exists(beside))) return beside;
  const version = /-(\d+)$/.exec(compiler)?.[1];
  for (const name of ['wasm-ld', ...(version === undefined ? [] : [`wasm-ld-${version}`])]) {
    const found = await findOnPath(name);
    if (found !== undefined) return found;
  }
  const suffix = version === undefined ? '' : `-${version}`;
  throw new Missing(`${compiler} has no wasm-ld to link with. Install LLVM's linker (Debian, Ubuntu: lld${suffix}).`);
}

/**
 * Debian keeps WASI's headers and libraries apart, and clang would silently take glibc's headers for missing
 * ones: a folder with links gives it a sysroot of the layout it expects.
 */
async function sysrootFlags(temporary: string, compiler: string, userArguments: readonly string[]): Promise<string[]> {
  if (userArguments.some((argument) => argument.startsWith('--sysroot') || argument === '-isysroot')) return [];
  const sdk = process.env.WASI_SDK_PATH ?? path.dirname(path.dirname(await realpath(compiler)));
  const shipped = path.join(sdk, 'share', 'wasi-sysroot');
  if (await exists(shipped)) return [`--sysroot=${shipped}`];
  const headers = '/usr/include/wasm32-wasi';
  const libraries = '/usr/lib/wasm32-wasi';
  if (!(await exists(headers)) || !(await exists(libraries))) {
    throw new Missing(
      "WASI's C library is not installed. Install it (Debian, Ubuntu: wasi-libc), set WASI_SDK_PATH to a WASI SDK, " +
        'or pass --sysroot in "buildArgs".',
    );
  }
  const sysroot = path.join(temporary, 'sysroot');
  await mkdir(path.join(sysroot, 'lib'), { recursive: true });
  await symlink(headers, path.join(sysroot, 'include'));
  await symlink(libraries, path.join(sysroot, 'lib', 'wasm32-wasi'));
  return [`--sysroot=${sysroot}`];
}

/** The compiler runtime comes in a package of its own. */
function installationHint(log: string, compiler: string): string | undefined {
  if (!/cannot open .*libclang_rt\.builtins/.test(log)) return undefined;
  const version = /-(\d+)$/.exec(compiler)?.[1] ?? '';
  const packageName = version === '' ? 'libclang-rt-dev-wasm32' : `libclang-rt-${version}-dev-wasm32`;
  return `${compiler} lacks its runtime library for WebAssembly. Install it (Debian, Ubuntu: ${packageName}).`;
}

interface Run {
  readonly failed: boolean;
  readonly log: string;
}

function run(compiler: string, args: readonly string[], cwd: string, signal?: AbortSignal): Promise<Run> {
  const options = { cwd, timeout, signal, maxBuffer: 16 * 1024 * 1024, killSignal: 'SIGKILL' as const };
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: '', LC_ALL: 'C' };
    execFile(compiler, args, { ...options, env }, (error, stdout, stderr) => {
      if (signal?.aborted) reject(new ChildFailure('cancelled', 'The compilation was cancelled.'));
      else if (error?.killed) {
        const message = `The compiler gave no result within ${timeout / 1000} s and was stopped.`;
        reject(new ChildFailure('timeout', message));
      } else if (error && typeof error.code !== 'number') {
        reject(new ChildFailure('crashed', `${compiler} could not be run: ${error.message.split('\n')[0]}`));
      } else resolve({ failed: error !== null, log: `${stdout}${stderr}` });
    });
  });
}

async function findOnPath(name: string): Promise<string | undefined> {
  const suffixes = process.platform === 'win32' ? ['.exe', ''] : [''];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)) {
    for (const suffix of suffixes) {
      const candidate = path.join(folder, name + suffix);
      if (await exists(candidate)) return candidate;
    }
  }
  return undefined;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
