/**
 * What the tests of this room share: fixtures and their markers, running a module under Node's own WASI, and
 * an independent reading of the name section.
 */
import { strict as assert } from 'node:assert';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WASI } from 'node:wasi';
import type { Artifact, CompileRequest, CompileResult } from '../../sandbox/compile/artifact.ts';
import { compile } from '../../sandbox/compile/compile.ts';

export const fixtures = fileURLToPath(new URL('../fixtures/compile/', import.meta.url));

export function fixture(name: string): string {
  return path.join(fixtures, name);
}

/** Compiles without the cache unless the request names one. */
export function build(name: string, request: Partial<CompileRequest> = {}): Promise<CompileResult> {
  return compile({ cache: false, ...request, program: path.resolve(fixtures, name) });
}

export async function artifactOf(name: string, request: Partial<CompileRequest> = {}): Promise<Artifact> {
  const result = await build(name, request);
  assert.ok(result.ok, result.ok ? '' : result.message);
  return result.artifact;
}

/** 0-based line of the one line that holds `marker`. */
export function lineOf(file: string, marker: string): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  const found = lines.flatMap((line, index) => (line.includes(marker) ? [index] : []));
  assert.equal(found.length, 1, `${marker} must be once in ${file}`);
  return found[0]!;
}

export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'compile-test-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `_start`. */
export function run(context: TestContext, wasm: Uint8Array): { code: number; output: string } {
  const file = path.join(temporaryFolder(context), 'out');
  const descriptor = openSync(file, 'w+');
  const streams = { stdout: descriptor, stderr: descriptor };
  const wasi = new WASI({ version: 'preview1', returnOnExit: true, args: ['program'], ...streams });
  const instance = new WebAssembly.Instance(moduleOf(wasm), wasi.getImportObject() as WebAssembly.Imports);
  const code = wasi.start(instance);
  return { code, output: readFileSync(file, 'utf8') };
}

export function moduleOf(wasm: Uint8Array): WebAssembly.Module {
  return new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
}

export function exportsOf(wasm: Uint8Array): Record<string, (...args: unknown[]) => unknown> {
  const module = moduleOf(wasm);
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { ...imports[from], [name]: () => 0 };
  }
  return new WebAssembly.Instance(module, imports).exports as never;
}

export interface Names {
  readonly functions: ReadonlyMap<number, string>;
  readonly locals: ReadonlyMap<number, ReadonlyMap<number, string>>;
}

/** The name section (WebAssembly specification, appendix "Custom Sections"). */
export function namesOf(wasm: Uint8Array): Names {
  const [section] = WebAssembly.Module.customSections(moduleOf(wasm), 'name');
  assert.ok(section, 'a name section');
  const bytes = new Uint8Array(section);
  let at = 0;
  const u32 = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const nameMap = (): Map<number, string> => {
    const names = new Map<number, string>();
    for (let left = u32(); left > 0; left--) {
      const index = u32();
      const length = u32();
      names.set(index, new TextDecoder().decode(bytes.subarray(at, at + length)));
      at += length;
    }
    return names;
  };
  let functions = new Map<number, string>();
  const locals = new Map<number, Map<number, string>>();
  while (at < bytes.length) {
    const id = bytes[at++]!;
    const end = u32() + at;
    if (id === 1) functions = nameMap();
    if (id === 2) for (let left = u32(); left > 0; left--) locals.set(u32(), nameMap());
    at = end;
  }
  return { functions, locals };
}
