/**
 * Child process that runs the AssemblyScript compiler. Files are read from disk as the compiler asks for them,
 * and remembered, for the cache must know what went in.
 */
import { readdirSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import type { Transform } from 'assemblyscript/transform';
import type { AssemblyScriptProgram, Diagnostic } from './artifact.ts';
import { type CompiledProgram, describeProgram } from './assemblyscriptProgram.ts';
import { type CompilerModule, LocalWatcher } from './assemblyscriptScopes.ts';
import { keepLinesOfTopLevelCode, type SearchedProgram } from './assemblyscriptStart.ts';
import { readRegularTextSync } from './regularFile.ts';
import { serveParent } from './serveParent.ts';

export interface AssemblyScriptJob {
  readonly program: string;
  readonly text: string;
  readonly sources: readonly string[];
  /** Folders of library files: the WASI shim's, and ours. */
  readonly libraries: readonly string[];
  readonly args: readonly string[];
}

/** A file of the user's that was asked for; `text` is undefined when there is none. */
export interface ReadFile {
  readonly path: string;
  readonly text: string | undefined;
}

export type AssemblyScriptOutcome =
  | {
      readonly ok: true;
      readonly wasm: Uint8Array;
      readonly sourceMap: string;
      readonly program: AssemblyScriptProgram;
      readonly diagnostics: readonly Diagnostic[];
      readonly read: readonly ReadFile[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly message: string };

// Keeps V8's code for the compiler's megabytes of JavaScript on disk; flushed after each compilation, for this process is killed.
module.enableCompileCache?.();

const compiler = await import('assemblyscript');
const { main } = await import('assemblyscript/asc');

serveParent((payload) => run(payload as AssemblyScriptJob).finally(() => module.flushCompileCache?.()));

/** As in the shim's own asconfig.json. */
const shimAliases = [
  'ASC_WASI=1',
  'abort=wasi_abort',
  'trace=wasi_trace',
  'seed=wasi_seed',
  'console=wasi_console',
  'crypto=wasi_crypto',
  'performance=wasi_performance',
  'process=wasi_process',
  'Date=wasi_Date',
];

async function run(job: AssemblyScriptJob): Promise<AssemblyScriptOutcome> {
  const files = new Files(job);
  const diagnostics: Diagnostic[] = [];
  const watcher = new LocalWatcher();
  let program: CompiledProgram | undefined;
  const transform = {
    afterInitialize: (initialized: unknown) => {
      program = initialized as CompiledProgram;
      keepLinesOfTopLevelCode(initialized as SearchedProgram, compiler.getFunctionName);
    },
  };
  const outputs = new Map<string, string | Uint8Array>();
  const unwatch = watcher.watch(compiler as unknown as CompilerModule);
  const { error, stderr } = await main(commandLine(job), {
    readFile: (name, folder) => files.read(name, folder),
    listFiles: (folder, base) => files.list(folder, base),
    writeFile: (name, contents) => void outputs.set(name, contents),
    reportDiagnostic: (message) => diagnostics.push(files.diagnostic(message as unknown as CompilerMessage)),
    transforms: [transform as unknown as Transform],
  }).finally(unwatch);
  diagnostics.push(...files.optionWarnings(stderr.toString()));
  const wasm = outputs.get('out.wasm');
  const sourceMap = outputs.get('out.wasm.map');
  if (error || !(wasm instanceof Uint8Array) || typeof sourceMap !== 'string' || !program) {
    const message = error?.message ?? stderr.toString().trim().slice(0, 500);
    return { ok: false, diagnostics, message };
  }
  return {
    ok: true,
    wasm,
    sourceMap: files.withAbsoluteSources(sourceMap),
    program: files.withAbsolutePaths(describeProgram(program, watcher, wasm)),
    diagnostics,
    read: files.userFiles,
  };
}

function commandLine(job: AssemblyScriptJob): string[] {
  const optimized = job.args.some((argument) => /^(?:-O|--optimize)/.test(argument));
  return [
    // A name that starts with a dash is no option.
    `./${path.basename(job.program)}`,
    ...job.sources.map((file) => path.relative(path.dirname(job.program), file)),
    '--baseDir',
    path.dirname(job.program),
    ...job.libraries.flatMap((folder) => ['--lib', folder]),
    ...shimAliases.flatMap((alias) => ['--use', alias]),
    '--exportStart',
    '_start',
    '--debug',
    '--sourceMap',
    // It would colour what it says where `CI` is set; we read it.
    '--noColors',
    ...(optimized ? [] : ['-O0']),
    ...job.args,
    '--outFile',
    'out.wasm',
  ];
}

/** What the compiler hands to `reportDiagnostic`. */
interface CompilerMessage {
  readonly message: string;
  readonly code: number;
  /** 0 pedantic, 1 information, 2 warning, 3 error. */
  readonly category: number;
  readonly range: {
    readonly start: number;
    readonly end: number;
    readonly source: { readonly normalizedPath: string } | null;
  } | null;
}

class Files {
  readonly #job: AssemblyScriptJob;
  readonly #base: string;
  readonly #read = new Map<string, string | undefined>();

  constructor(job: AssemblyScriptJob) {
    this.#job = job;
    this.#base = path.dirname(job.program);
  }

  get userFiles(): ReadFile[] {
    return [...this.#read].map(([file, text]) => ({ path: file, text }));
  }

  read(name: string, folder: string): string | null {
    const file = path.resolve(folder, name);
    if (file === this.#job.program) return this.#job.text;
    // Our own settings are complete; those of a package build would conflict with them.
    if (path.basename(file) === 'asconfig.json') return null;
    const text = readRegularTextSync(file);
    const ofLibrary = this.#job.libraries.some((folder) => file.startsWith(folder + path.sep));
    if (!ofLibrary) this.#read.set(file, text);
    return text ?? null;
  }

  list(folder: string, base: string): string[] {
    try {
      return readdirSync(path.resolve(base, folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
    } catch {
      return [];
    }
  }

  /** `~lib/…` is the standard library's or a package's; anything else is relative to the program's folder. */
  absolute(name: string): string {
    return name.startsWith('~lib/') ? name : path.resolve(this.#base, name);
  }

  withAbsoluteSources(sourceMap: string): string {
    const map = JSON.parse(sourceMap) as { sources: string[]; sourceRoot?: string };
    delete map.sourceRoot;
    return JSON.stringify({ ...map, sources: map.sources.map((name) => this.absolute(name)) });
  }

  withAbsolutePaths(program: AssemblyScriptProgram): AssemblyScriptProgram {
    const functions = program.functions.map((each) => ({ ...each, path: this.absolute(each.path) }));
    return { ...program, functions };
  }

  /** What the compiler says about its arguments goes to its error stream only. */
  optionWarnings(stderr: string): Diagnostic[] {
    const at = { file: this.#job.program, line: 0, column: 0, severity: 'warning' } as const;
    const found = stderr.matchAll(/^WARNING (Unknown option .*|Unsupported trailing .*)$/gm);
    return [...found].map((match) => ({ ...at, message: `${match[1]} in "buildArgs".` }));
  }

  diagnostic({ message, code, category, range }: CompilerMessage): Diagnostic {
    const severity = category === 3 ? 'error' : category === 2 ? 'warning' : 'information';
    // The compiler's own messages are below 1000, the others are TypeScript's.
    const name = `${code < 1000 ? 'AS' : 'TS'}${code}`;
    const source = range?.source?.normalizedPath;
    if (!range || source === undefined || source.startsWith('~lib/')) {
      const where = source === undefined ? '' : `${source}: `;
      return { file: this.#job.program, line: 0, column: 0, severity, message: where + message, code: name };
    }
    const file = this.absolute(source);
    const text = file === this.#job.program ? this.#job.text : (this.#read.get(file) ?? '');
    const start = positionAt(text, range.start);
    const end = positionAt(text, range.end);
    return { file, ...start, endLine: end.line, endColumn: end.column, severity, message, code: name };
  }
}

function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length - 1, column: offset - (before.lastIndexOf('\n') + 1) };
}
