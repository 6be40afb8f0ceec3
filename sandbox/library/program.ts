/** From a source file to a module that can run under its limits: compiled, read, instrumented with clock and call depth. */
import type { Artifact, Diagnostic } from '../compile/artifact.ts';
import { compile } from '../compile/compile.ts';
import type { SandboxConfig } from '../config/config.ts';
import { formatSize } from '../config/units.ts';
import { guestRuntime } from '../guest/process/guestRuntime.ts';
import { lacksMemory, maxTableEntries } from '../guest/worker/growths.ts';
import { instrument } from '../instrument/instrument.ts';
import type { Instrumented } from '../instrument/instrumented.ts';
import { type Module, readModule } from '../wasm/module.ts';
import { validateModule } from '../wasm/validate.ts';
import { CompileError, ConfigurationError } from './errors.ts';
import { diagnosticLine } from './messages.ts';
import type { ResolvedOptions } from './options.ts';
import { StackReader } from './stack.ts';

export interface Program {
  readonly file: string;
  readonly artifact: Artifact;
  readonly instrumented: Instrumented;
  readonly stacks: StackReader;
  /** Warnings of the compiler. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What to build: `functions` must be exported. */
export interface BuildRequest {
  readonly file: string;
  readonly functions: readonly string[];
}

/**
 * @throws {CompileError} the compiler refused it, or it is not a module
 * @throws {ConfigurationError} it cannot run within the limits, or there is no Node for it
 */
export async function buildProgram(request: BuildRequest, options: ResolvedOptions): Promise<Program> {
  const runtime = guestRuntime();
  if (runtime.kind === 'missing') throw new ConfigurationError(runtime.message);
  const { config, buildArgs } = options;
  const compiled = await compile({
    program: request.file,
    sources: config.sources,
    exports: request.functions,
    buildArgs,
    toolchain: config.toolchain,
  });
  if (!compiled.ok) {
    const lines = compiled.diagnostics.map(diagnosticLine);
    throw new CompileError([...lines, compiled.message].join('\n'), compiled.diagnostics);
  }
  return instrumentedProgram(request.file, compiled.artifact, config, compiled.diagnostics);
}

/**
 * @throws {CompileError} it is no module
 * @throws {ConfigurationError} it cannot run within the limits
 */
export function instrumentedProgram(
  file: string,
  artifact: Artifact,
  config: SandboxConfig,
  diagnostics: readonly Diagnostic[] = [],
): Program {
  const module = read(file, artifact);
  checkMemory(file, module, config.memory);
  const instrumented = limited(file, module, config);
  return { file, artifact, instrumented, stacks: new StackReader(artifact, module), diagnostics };
}

function read(file: string, { wasm }: Artifact): Module {
  const valid = validateModule(wasm);
  if (!valid.ok) {
    const where = valid.offset === undefined ? '' : ` at byte ${valid.offset}`;
    throw new CompileError(`${file} is not a valid WebAssembly module${where}: ${valid.reason}`);
  }
  try {
    return readModule(wasm);
  } catch (error) {
    throw new CompileError(`${file} cannot be read as a WebAssembly module: ${messageOf(error)}`);
  }
}

function checkMemory(file: string, module: Module, limit: number): void {
  const lacking = lacksMemory(module, limit);
  if (lacking === undefined) return;
  const needed = `${file} needs ${formatSize(lacking.needed)} of memory ${lacking.what}`;
  throw new ConfigurationError(
    `${needed}, and "memory" allows ${formatSize(limit)}. Raise "memory" in sandbox.json, or pass --memory.`,
  );
}

/** No sites: nobody will stop it. The clock carries fuel, timeout and the count of instructions. */
function limited(file: string, module: Module, config: SandboxConfig): Instrumented {
  try {
    return instrument(module, {
      clock: 'exact',
      checks: true,
      depth: true,
      maxCallDepth: config.maxCallDepth,
      maxMemory: config.memory,
      maxTableEntries: maxTableEntries(config.memory),
      growths: true,
    });
  } catch (error) {
    throw new CompileError(`${file} cannot run in the sandbox: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
