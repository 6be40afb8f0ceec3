/**
 * A module that is already compiled: checked for being one, and looked into for debug information.
 */
import type { CompileRequest, DebugInformation } from './artifact.ts';
import type { Build, Compiler, Source } from './compiler.ts';
import { readSections, SectionError } from './wasmSections.ts';

export const wasmFile: Compiler = {
  identity: async () => 'module',
  build,
  warmUp: () => undefined,
  dispose: () => undefined,
};

async function build(_request: CompileRequest, source: Source): Promise<Build> {
  const problem = headerProblem(source.bytes);
  if (problem) return { ok: false, diagnostics: [], message: `${source.path} ${problem}` };
  try {
    const debug = debugInformation(source.bytes);
    const artifact = { language: 'wasm', wasm: source.bytes, debug, sources: [] } as const;
    return { ok: true, artifact, diagnostics: [], dependencies: [] };
  } catch (error) {
    if (!(error instanceof SectionError)) throw error;
    const message = `${source.path} is damaged or cut short: ${error.message}. Build it again.`;
    return { ok: false, diagnostics: [], message };
  }
}

/** Magic, version and layer (WebAssembly specification §5.5.16; the component model uses layer 1). */
function headerProblem(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'is empty.';
  const header = Buffer.from(bytes.subarray(0, 8)).toString('hex');
  if (header === '0061736d01000000') return undefined;
  if (!header.startsWith('0061736d')) {
    return 'is not a WebAssembly module: it does not start with the bytes 00 61 73 6d.';
  }
  if (header.slice(12) === '0100') {
    return 'is a WebAssembly component. Only core modules can be run; build for wasm32-wasip1 instead.';
  }
  return 'has an unknown WebAssembly version. Only version 1 can be run.';
}

function debugInformation(wasm: Uint8Array): DebugInformation {
  const dwarf = readSections(wasm).some((section) => section.name === '.debug_info');
  return dwarf ? { kind: 'dwarf' } : { kind: 'none' };
}
