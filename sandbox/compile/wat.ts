/**
 * WebAssembly text to a module, through wabt. The line table is made with wabt's code metadata: a copy of the
 * text gets an annotation before each statement, and the custom section that comes out says at which offset
 * each one ended up. The delivered module is made from the text as it was written.
 */
import { createRequire } from 'node:module';
import type { CompileRequest, Diagnostic, WatLine } from './artifact.ts';
import { type Build, type Compiler, type Source, sourceText, summarize } from './compiler.ts';
import { packageVersion } from './entryFile.ts';
import { Cursor, functionBodyStarts, readSections, type Section } from './wasmSections.ts';
import { deepestNesting, findStatements, type Statement } from './watStatements.ts';

export const wat: Compiler = {
  identity: async () => `wabt ${packageVersion('wabt')}`,
  build,
  warmUp: () => void loadWabt().catch(() => undefined),
  dispose: () => {
    loaded = undefined;
  },
};

/** `validate` takes features, which its declaration does not know. */
type FeatureValidated = { validate(enabled: typeof features): void };

type Wabt = Awaited<ReturnType<typeof import('wabt')>>;

const features = {
  exceptions: true,
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  threads: true,
  function_references: true,
  multi_value: true,
  tail_call: true,
  bulk_memory: true,
  reference_types: true,
  annotations: true,
  code_metadata: true,
  gc: true,
  memory64: true,
  extended_const: true,
  relaxed_simd: true,
};

const metadataName = 'wasm_sandbox_statement';
/** wabt calls itself for each level and has a small stack, past whose end (at about 150) it writes over its own data. */
const deepestText = 110;
/** What wabt calls the file in its messages. */
const messageName = 'module.wat';

let loaded: Promise<Wabt> | undefined;

function loadWabt(): Promise<Wabt> {
  loaded ??= Promise.resolve(createRequire(import.meta.url)('wabt') as typeof import('wabt')).then((create) =>
    create(),
  );
  return loaded;
}

async function build(_request: CompileRequest, source: Source): Promise<Build> {
  const wabt = await loadWabt();
  const text = sourceText(source);
  const depth = deepestNesting(text);
  if (depth > deepestText) return { ok: false, diagnostics: [], message: tooDeep(source.path, depth) };
  const result = assemble(wabt, text);
  if (!result.ok) return refuse(source.path, text, result.error);
  const lines = lineTable(wabt, text, result.wasm);
  return {
    ok: true,
    artifact: {
      language: 'wat',
      wasm: result.wasm,
      debug: { kind: 'wat', source: { path: source.path, content: text }, lines },
      sources: [source.path],
    },
    diagnostics: [],
    dependencies: [],
  };
}

type Assembled = { readonly ok: true; readonly wasm: Uint8Array } | { readonly ok: false; readonly error: unknown };

function assemble(wabt: Wabt, text: string): Assembled {
  let module: ReturnType<Wabt['parseWat']> | undefined;
  try {
    // Bytes in a buffer of their own: wabt would cut a string's characters to 8 bits, and takes a view's whole buffer.
    module = wabt.parseWat(messageName, new TextEncoder().encode(text).slice(), features);
    module.resolveNames();
    (module as FeatureValidated).validate(features);
    const wasm = new Uint8Array(module.toBinary({ write_debug_names: true }).buffer);
    module.destroy();
    return { ok: true, wasm };
  } catch (error) {
    // After a fault inside wabt its memory cannot be trusted: the next compilation loads it anew.
    if (error instanceof WebAssembly.RuntimeError) loaded = undefined;
    else module?.destroy();
    return { ok: false, error };
  }
}

function lineTable(wabt: Wabt, text: string, delivered: Uint8Array): WatLine[] {
  const statements = findStatements(text);
  const annotated = assemble(wabt, annotate(text, statements));
  if (!annotated.ok) return [];
  const sections = readSections(annotated.wasm);
  const code = codeOf(sections);
  const metadata = sections.find((section) => section.name === `metadata.code.${metadataName}`);
  const deliveredCode = codeOf(readSections(delivered));
  if (!code || !metadata || !deliveredCode || Buffer.compare(code, deliveredCode) !== 0) return [];
  const imported = functionImportCount(delivered);
  return imported === undefined ? [] : readLines(metadata.contents, statements, code, imported);
}

function annotate(text: string, statements: readonly Statement[]): string {
  const pieces: string[] = [];
  let from = 0;
  statements.forEach(({ index }, number) => {
    pieces.push(text.slice(from, index), `(@metadata.code.${metadataName} "${littleEndianEscapes(number)}")`);
    from = index;
  });
  pieces.push(text.slice(from));
  return pieces.join('');
}

function littleEndianEscapes(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes.toString('hex').replaceAll(/../g, '\\$&');
}

/** Code metadata: for each function its index, then (offset in the body, length, our data). */
function readLines(
  metadata: Uint8Array,
  statements: readonly Statement[],
  code: Uint8Array,
  imported: number,
): WatLine[] {
  const bodies = functionBodyStarts(code);
  const cursor = new Cursor(metadata, 0);
  const lines: WatLine[] = [];
  for (let functions = cursor.u32(); functions > 0; functions--) {
    const functionIndex = cursor.u32();
    const body = bodies[functionIndex - imported];
    for (let hints = cursor.u32(); hints > 0; hints--) {
      const offset = cursor.u32();
      const data = cursor.bytes(cursor.u32());
      const statement = statements[Buffer.from(data).readUInt32LE(0)];
      if (body === undefined || statement === undefined) continue;
      lines.push({ offset: body + offset, functionIndex, line: statement.line, column: statement.column });
    }
  }
  return lines.sort((a, b) => a.offset - b.offset);
}

/** undefined for a module that V8 cannot load: it is not going to run either. */
function functionImportCount(wasm: Uint8Array): number | undefined {
  try {
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>));
    return imports.filter((entry) => entry.kind === 'function').length;
  } catch {
    return undefined;
  }
}

function codeOf(sections: readonly Section[]): Uint8Array | undefined {
  return sections.find((section) => section.id === 10)?.contents;
}

function refuse(file: string, text: string, error: unknown): Build {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    return { ok: false, diagnostics: [], message: tooDeep(file) };
  }
  const raw = error instanceof Error ? error.message : String(error);
  const diagnostics = parseMessages(file, text, raw);
  return { ok: false, diagnostics, message: diagnostics.length > 0 ? summarize(diagnostics) : `${file}: ${raw}` };
}

function tooDeep(file: string, depth?: number): string {
  const found = depth === undefined ? '' : ` (${depth} levels)`;
  return `${file} is too deeply nested to be assembled${found}: blocks and folded instructions may lie ${deepestText} deep. Move inner ones into functions, or build it into a .wasm file.`;
}

/** `module.wat:LINE:COLUMN: error: TEXT`, then the line and a row of carets under what is meant. */
function parseMessages(file: string, text: string, raw: string): Diagnostic[] {
  const lines = text.split('\n');
  const pattern = /^module\.wat:(\d+):(\d+): (error|warning): (.*)(?:\n.*\n *(\^+))?/gm;
  return [...raw.matchAll(pattern)].map((match) => {
    const line = Number(match[1]) - 1;
    const start = Number(match[2]) - 1;
    const width = match[5]?.length ?? 0;
    const column = unitsOfBytes(lines[line], start);
    const diagnostic: Diagnostic = {
      file,
      line,
      column,
      severity: match[3] === 'warning' ? 'warning' : 'error',
      message: match[4] ?? '',
    };
    if (width === 0) return diagnostic;
    return { ...diagnostic, endLine: line, endColumn: unitsOfBytes(lines[line], start + width) };
  });
}

/** wabt counts columns in bytes of UTF-8, we in UTF-16 units. */
function unitsOfBytes(line: string | undefined, bytes: number): number {
  if (line === undefined) return bytes;
  return Buffer.from(line).subarray(0, bytes).toString().length;
}
