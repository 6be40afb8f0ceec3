/**
 * Source to module: chooses the compiler by the file's extension, asks the cache first, and turns everything
 * that can go wrong into a result with a sentence for the user.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LIMITS } from '../wasm/limits.ts';
import { printable } from '../wasm/printable.ts';
import type { CompileRequest, CompileResult, Language } from './artifact.ts';
import { assemblyScript } from './assemblyscript.ts';
import { embeddedClang } from './c.ts';
import { cacheKey, contentHash, defaultCacheFolder, readEntry, writeEntry } from './cache.ts';
import type { Compiler, Source } from './compiler.ts';
import { systemClang } from './systemClang.ts';
import { ChildFailure } from './warmChild.ts';
import { wasmFile } from './wasmFile.ts';
import { exportedFunctions } from './wasmSections.ts';
import { wat } from './wat.ts';

/** Compiles `request.program`, or takes the artifact of the same sources from the cache. Does not throw. */
export async function compile(request: CompileRequest): Promise<CompileResult> {
  const started = performance.now();
  try {
    const program = path.resolve(request.program);
    const language = languageOf(program);
    if (language === undefined) return failure(await unsupported(program));
    const source = await readSource(program);
    if (typeof source === 'string') return failure(source);
    if (request.signal?.aborted) return failure('The compilation was cancelled.');
    return await compileSource({ ...request, program }, language, source, started);
  } catch (error) {
    if (error instanceof ChildFailure) return failure(error.message);
    return failure(`${request.program} could not be compiled: ${error instanceof Error ? error.message : error}`);
  }
}

/** The language of a file, by its extension; undefined for one that cannot be compiled. */
export function languageOf(file: string): Language | undefined {
  return languages.get(path.extname(file).toLowerCase());
}

/** Loads the compiler of `language` in the background, so that the first compilation need not wait for it. */
export function warmUp(language: Language): void {
  compilers[language].warmUp();
}

/** Ends the child processes. Compiling afterwards starts them again. */
export function dispose(): void {
  for (const compiler of [...Object.values(compilers), systemClang]) compiler.dispose();
}

const languages: ReadonlyMap<string, Language> = new Map([
  ['.c', 'c'],
  ['.ts', 'assemblyscript'],
  ['.wat', 'wat'],
  ['.wasm', 'wasm'],
]);

const compilers: Readonly<Record<Language, Compiler>> = {
  c: embeddedClang,
  assemblyscript: assemblyScript,
  wat,
  wasm: wasmFile,
};

async function compileSource(
  request: CompileRequest,
  language: Language,
  source: Source,
  started: number,
): Promise<CompileResult> {
  const compiler = language === 'c' && request.toolchain === 'system' ? systemClang : compilers[language];
  // Reading a module is no dearer than reading a cache entry.
  const folder = language === 'wasm' || request.cache === false ? undefined : (request.cache ?? defaultCacheFolder());
  const key = folder === undefined ? '' : await keyOf(compiler, request, language, source);
  if (folder !== undefined) {
    const entry = await readEntry(folder, key);
    if (entry) return { ok: true, ...pick(entry), cached: true, milliseconds: performance.now() - started };
  }
  const build = await compiler.build(request, source);
  if (!build.ok) return build;
  const missing = missingExport(request, build.artifact.wasm);
  if (missing !== undefined) return { ok: false, diagnostics: build.diagnostics, message: missing };
  if (folder !== undefined) await writeEntry(folder, key, build);
  return { ok: true, ...pick(build), cached: false, milliseconds: performance.now() - started };
}

function missingExport(request: CompileRequest, wasm: Uint8Array): string | undefined {
  if (request.exports === undefined) return undefined;
  const exported = exportedFunctions(wasm);
  const missing = request.exports.find((name) => !exported.includes(name));
  if (missing === undefined) return undefined;
  const callable = exported.filter((name) => !/^_|^\./.test(name));
  const offer =
    callable.length === 0 ? 'It exports no functions.' : `It exports ${callable.map(printable).join(', ')}.`;
  const hint = languageOf(request.program) === 'c' ? ' A static function cannot be exported.' : '';
  return `${path.basename(request.program)} exports no function "${missing}". ${offer}${hint}`;
}

async function keyOf(compiler: Compiler, request: CompileRequest, language: Language, source: Source): Promise<string> {
  return cacheKey([
    language,
    await compiler.identity(request),
    source.path,
    contentHash(source.bytes),
    request.sources ?? [],
    request.exports ?? [],
    request.buildArgs ?? [],
  ]);
}

function pick<T extends { artifact: unknown; diagnostics: unknown }>(from: T): Pick<T, 'artifact' | 'diagnostics'> {
  return { artifact: from.artifact, diagnostics: from.diagnostics };
}

/** Bytes of a source file: what somebody wrote is a thousandth of it. */
const mostSource = 64 * 2 ** 20;

async function readSource(program: string): Promise<Source | string> {
  try {
    const found = await stat(program);
    if (found.isDirectory()) return isFolder(program);
    if (!found.isFile()) return `${program} is no regular file. Name a source file or a .wasm file.`;
    const most = languageOf(program) === 'wasm' ? LIMITS.moduleBytes : mostSource;
    if (found.size > most) return `${program} is too large: ${found.size} bytes, of which ${most} can be read.`;
    return { path: program, bytes: await readFile(program) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return `${program} does not exist. Check its path for a typing error.`;
    if (code === 'EACCES' || code === 'EPERM') return `${program} cannot be read: permission denied.`;
    return `${program} cannot be read: ${error instanceof Error ? error.message : error}`;
  }
}

function isFolder(program: string): string {
  return `${program} is a folder. Name a source file or a .wasm file in it.`;
}

async function unsupported(program: string): Promise<string> {
  const found = await stat(program).catch(() => undefined);
  if (found?.isDirectory()) return isFolder(program);
  const extension = path.extname(program);
  const what = extension === '' ? 'a file without an extension' : `a ${extension} file`;
  return (
    `${path.basename(program)} is ${what}, which cannot be compiled here. ` +
    'Supported are C (.c), AssemblyScript (.ts), WebAssembly text (.wat) and compiled modules (.wasm).'
  );
}

function failure(message: string): CompileResult {
  return { ok: false, diagnostics: [], message };
}
