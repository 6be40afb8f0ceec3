/**
 * C to a module through the clang that ships with us: clang and wasm-ld compiled to WebAssembly, run in a warm
 * child process over an in-memory file tree.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { CompileRequest } from './artifact.ts';
import { type BuildArguments, compileFlags, diagnosticFlags, linkFlags, readBuildArguments } from './clangArguments.ts';
import type { ClangJob, ClangOutcome } from './clangChild.ts';
import { lacksMain, parseClangOutput } from './clangDiagnostics.ts';
import { type Build, type Compiler, type Source, summarize } from './compiler.ts';
import { type CSources, collectSources, hasMain, realPath, virtualPath, virtualRoot } from './cSources.ts';
import { packageVersion } from './entryFile.ts';
import { sdkFile, sdkIncludeFlags, sdkVersion, VIRTUAL_INCLUDE_FOLDER } from './guestSdk.ts';
import { WarmChild } from './warmChild.ts';

const child = new WarmChild('clangChild');
const output = '/out.wasm';

export const embeddedClang: Compiler = {
  identity: async () => `@yowasp/clang ${packageVersion('@yowasp/clang')} ${sdkVersion('c')}`,
  build,
  warmUp: () => child.warmUp(),
  dispose: () => child.dispose(),
};

async function build(request: CompileRequest, source: Source): Promise<Build> {
  // `sources` may name the program too: whoever lists all files can start from each of them.
  const roots = [...new Set([source.path, ...(request.sources ?? []).map((file) => path.resolve(file))])];
  const user = readBuildArguments(request);
  const sources = await collectSources([...roots, ...user.files, ...(await libraries(user))], user.includeFolders);
  const header = { path: `${VIRTUAL_INCLUDE_FOLDER}/sandbox_http.h`, bytes: sdkFile('c') };
  const attempt = async (main: boolean): Promise<ClangOutcome> => {
    const job: ClangJob = { args: commandLine(request, roots, user, main), files: [...sources.files, header], output };
    return (await child.request(job, request.signal)) as ClangOutcome;
  };
  const main = hasMain(sources.texts.values());
  const outcome = await attempt(main);
  const last = main && lacksMain(outcome.log, outcome.wasm) ? await attempt(false) : outcome;
  return conclude(last, source, roots, sources);
}

function commandLine(request: CompileRequest, roots: readonly string[], user: BuildArguments, main: boolean): string[] {
  const windows = /^[A-Za-z]:/.test(request.program);
  return [
    ...compileFlags(request),
    // Debug information and __FILE__ name the files as they are on disk.
    `-ffile-prefix-map=${virtualRoot}${windows ? '/' : ''}=`,
    // The compiler's own headers must not be taken for those of this machine.
    '-ffile-prefix-map=/usr=/wasi-sysroot',
    ...sdkIncludeFlags(VIRTUAL_INCLUDE_FOLDER),
    `-fdebug-compilation-dir=${virtualPath(path.dirname(request.program))}`,
    ...diagnosticFlags,
    ...linkFlags(request, main),
    ...roots.map(virtualPath),
    ...user.args.map((argument) => (path.isAbsolute(argument) ? virtualPath(argument) : argument)),
    '-o',
    output,
  ];
}

/** Static libraries in the user's `-L` folders. */
async function libraries(user: BuildArguments): Promise<string[]> {
  const listings = user.libraryFolders.map(async (folder) => {
    const names = await readdir(folder).catch(() => []);
    return names.filter((name) => name.endsWith('.a')).map((name) => path.join(folder, name));
  });
  return (await Promise.all(listings)).flat();
}

function conclude(outcome: ClangOutcome, source: Source, roots: readonly string[], sources: CSources): Build {
  const { diagnostics, general } = parseClangOutput(outcome.log, {
    program: source.path,
    texts: sources.texts,
    toRealPath: realPath,
  });
  if (outcome.wasm === undefined) {
    const message = general[0] ?? (diagnostics.length > 0 ? summarize(diagnostics) : outcome.log.trim().slice(0, 500));
    return { ok: false, diagnostics, message: message || 'clang gave neither a module nor an error.' };
  }
  const known = new Set(sources.found);
  return {
    ok: true,
    artifact: {
      language: 'c',
      wasm: outcome.wasm,
      debug: { kind: 'dwarf' },
      sources: [...roots, ...[...known].filter((file) => !roots.includes(file) && /\.[ch]$/i.test(file))],
    },
    diagnostics,
    dependencies: sources.dependencies.filter((dependency) => dependency.path !== source.path),
  };
}
