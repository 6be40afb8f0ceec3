/**
 * AssemblyScript to a module, through the compiler that ships with us in a warm child process. The standard
 * library's host (console, process, abort) is the WASI shim, so a program runs with WASI alone.
 */
import path from 'node:path';
import type { CompileRequest, Diagnostic } from './artifact.ts';
import type { AssemblyScriptJob, AssemblyScriptOutcome } from './assemblyscriptChild.ts';
import { contentHash } from './cache.ts';
import { type Build, type Compiler, type Source, sourceText, summarize } from './compiler.ts';
import { packageFolder, packageVersion } from './entryFile.ts';
import { sdkAssemblyScriptFolder, sdkVersion } from './guestSdk.ts';
import { WarmChild } from './warmChild.ts';

const shimPackage = '@assemblyscript/wasi-shim';
const child = new WarmChild('assemblyscriptChild');

export const assemblyScript: Compiler = {
  identity: async () => {
    const compiler = `assemblyscript ${packageVersion('assemblyscript')}`;
    return `${compiler}, shim ${packageVersion(shimPackage)}, ${sdkVersion('assemblyscript')}`;
  },
  build,
  warmUp: () => child.warmUp(),
  dispose: () => child.dispose(),
};

async function build(request: CompileRequest, source: Source): Promise<Build> {
  const shim = packageFolder(shimPackage);
  if (shim === undefined) {
    const message = `AssemblyScript cannot be compiled: the package ${shimPackage} is not installed.`;
    return { ok: false, diagnostics: [], message };
  }
  const job: AssemblyScriptJob = {
    program: source.path,
    text: sourceText(source),
    sources: (request.sources ?? []).map((file) => path.resolve(file)),
    libraries: [path.join(shim, 'assembly'), sdkAssemblyScriptFolder()],
    args: request.buildArgs ?? [],
  };
  return conclude((await child.request(job, request.signal)) as AssemblyScriptOutcome, source);
}

function conclude(outcome: AssemblyScriptOutcome, source: Source): Build {
  const diagnostics: Diagnostic[] = outcome.diagnostics.map((diagnostic) => ({ ...diagnostic }));
  if (!outcome.ok) {
    const placed = diagnostics.some((diagnostic) => diagnostic.severity === 'error');
    return { ok: false, diagnostics, message: placed ? summarize(diagnostics) : outcome.message };
  }
  const others = outcome.read.filter((file) => file.path !== source.path);
  return {
    ok: true,
    artifact: {
      language: 'assemblyscript',
      wasm: outcome.wasm,
      debug: { kind: 'assemblyscript', sourceMap: outcome.sourceMap, program: outcome.program },
      sources: [source.path, ...others.filter((file) => file.text !== undefined).map((file) => file.path)],
    },
    diagnostics,
    dependencies: others.map(({ path: file, text }) => ({
      path: file,
      sha256: text === undefined ? undefined : contentHash(text),
    })),
  };
}
