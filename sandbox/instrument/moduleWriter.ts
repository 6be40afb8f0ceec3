/**
 * Writes the instrumented module: every section of the original in its place, with what is appended at the end of
 * each. Custom sections stay as they are; they speak of original offsets, to which `offsets` leads back.
 */
import { ByteReader } from '../wasm/byteReader.ts';
import { ByteWriter } from '../wasm/byteWriter.ts';
import type { Limits, Section } from '../wasm/module.ts';
import { SECTION, SECTION_ORDER } from '../wasm/sections.ts';
import { BRANCH_HINT_SECTION, branchHints } from './branchHints.ts';
import type { CodeSection } from './codeSection.ts';
import { type Bound, PROBE_EXPORTS } from './instrumented.ts';
import type { Plan } from './plan.ts';

export interface WrittenModule {
  readonly bytes: Uint8Array;
  /** Where the contents of the new code section begin. */
  readonly codeStart: number;
}

export function writeModule(plan: Plan, code: CodeSection): WrittenModule {
  return new ModuleWriter(plan, code).write();
}

interface Addition {
  readonly count: number;
  readonly bytes: Uint8Array;
}

const I32 = 0x7f;
const I64 = 0x7e;
const F64 = 0x7c;
const FUNCREF = 0x70;
const MUTABLE = 1;
const SHARED_WITH_MAXIMUM = 3;
const EXTERNAL = { function: 0, table: 1, memory: 2, global: 3 } as const;

class ModuleWriter {
  readonly #plan: Plan;
  readonly #code: CodeSection;
  readonly #out: ByteWriter;
  readonly #additions: ReadonlyMap<number, Addition>;
  #codeStart = 0;

  constructor(plan: Plan, code: CodeSection) {
    this.#plan = plan;
    this.#code = code;
    this.#out = new ByteWriter(plan.module.bytes.length + code.contents.length + 4096);
    this.#additions = additions(plan);
  }

  write(): WrittenModule {
    const { module } = this.#plan;
    this.#out.copy(module.bytes, 0, 8);
    const missing = [...this.#additions.keys()].filter((id) => !module.sections.some((section) => section.id === id));
    const pending = [SECTION.code, ...missing].sort(byRank);
    const flush = (before: number): void => {
      while (pending.length > 0 && rank(pending[0] as number) < before)
        this.#emit(pending.shift() as number, undefined);
    };
    for (const section of module.sections) {
      if (section.id === SECTION.custom) {
        // An old hint section would speak of offsets that are no more.
        if (section.name !== BRANCH_HINT_SECTION) this.#out.copy(module.bytes, section.header, section.end);
        continue;
      }
      flush(rank(section.id));
      if (pending[0] === section.id) pending.shift();
      this.#emit(section.id, section);
    }
    flush(Number.POSITIVE_INFINITY);
    return { bytes: this.#out.written().slice(), codeStart: this.#codeStart };
  }

  #emit(id: number, original: Section | undefined): void {
    if (id === SECTION.start) return;
    if (id === SECTION.code) {
      this.#emitCode();
      return;
    }
    const contents = original && this.#clamped(id, original);
    const addition = this.#additions.get(id);
    if (!addition) {
      if (original) this.#out.copy(this.#plan.module.bytes, original.header, original.end);
      return;
    }
    const body = new ByteWriter((original ? original.end - original.start : 0) + addition.bytes.length + 8);
    if (contents instanceof Uint8Array) appendTo(body, new ByteReader(contents), addition);
    else if (original) {
      appendTo(body, new ByteReader(this.#plan.module.bytes, original.start, original.end), addition);
    } else body.unsigned(addition.count).raw(addition.bytes);
    this.#out.u8(id).unsigned(body.length).raw(body.written());
  }

  #emitCode(): void {
    if (this.#code.hints.length > 0) {
      const hints = branchHints(this.#code.hints);
      const name = new ByteWriter().name(BRANCH_HINT_SECTION).written();
      this.#out
        .u8(SECTION.custom)
        .unsigned(name.length + hints.length)
        .raw(name)
        .raw(hints);
    }
    this.#out.u8(SECTION.code).unsigned(this.#code.contents.length);
    this.#codeStart = this.#out.length;
    this.#out.raw(this.#code.contents);
  }

  /** Memories and tables with their limits lowered: all else in their sections stays as it is. */
  #clamped(id: number, original: Section): Uint8Array | Section {
    const { module, bounds } = this.#plan;
    if (id === SECTION.memory) return this.#withLimits(original, module.memories, bounds.memories);
    if (id === SECTION.table) return this.#withLimits(original, module.tables, bounds.tables);
    return original;
  }

  #withLimits(section: Section, all: readonly (Limits & { imported: boolean })[], allowed: readonly Bound[]) {
    const out = new ByteWriter(section.end - section.start);
    let copied = section.start;
    all.forEach((limits, index) => {
      if (limits.imported) return;
      out.copy(this.#plan.module.bytes, copied, limits.at);
      writeLimits(out, limits, (allowed[index] as Bound).allowed);
      copied = limits.end;
    });
    return out.copy(this.#plan.module.bytes, copied, section.end).written();
  }
}

function writeLimits(out: ByteWriter, { minimum, shared, is64 }: Limits, maximum: number): void {
  const bounded = Number.isFinite(maximum);
  out.u8((bounded ? 1 : 0) | (shared ? 2 : 0) | (is64 ? 4 : 0)).unsigned(minimum);
  if (bounded) out.unsigned(maximum);
}

/** The contents of a section are a count and its items. */
function appendTo(body: ByteWriter, original: ByteReader, addition: Addition): void {
  body.unsigned(original.u32() + addition.count);
  body.copy(original.bytes, original.position, original.end).raw(addition.bytes);
}

function additions(plan: Plan): ReadonlyMap<number, Addition> {
  return new Map([
    [SECTION.type, types()],
    [SECTION.function, items(2, (out) => out.unsigned(plan.added.stopType).unsigned(plan.added.eventType))],
    [SECTION.table, items(1, (out) => out.u8(FUNCREF).u8(1).unsigned(1).unsigned(1))],
    [
      SECTION.memory,
      items(1, (out) => out.u8(SHARED_WITH_MAXIMUM).unsigned(plan.probe.pages).unsigned(plan.probe.pages)),
    ],
    [SECTION.global, globals(plan)],
    [SECTION.export, exported(plan)],
  ]);
}

function items(count: number, write: (out: ByteWriter) => void): Addition {
  const out = new ByteWriter();
  write(out);
  return { count, bytes: out.written() };
}

function types(): Addition {
  return items(3, (out) => {
    out.raw([0x60, 3, I32, F64, I32, 0]);
    out.raw([0x60, 3, I32, I64, I32, 1, I32]);
    out.raw([0x60, 3, I32, I64, I32, 0]);
  });
}

function globals({ added }: Plan): Addition {
  return items(added.asked === undefined ? 2 : 3, (out) => {
    out.raw([I64, MUTABLE, 0x42, 0, 0x0b]);
    out.raw([I32, MUTABLE, 0x41, 0, 0x0b]);
    if (added.asked !== undefined) out.raw([I64, MUTABLE, 0x42, 0, 0x0b]);
  });
}

function exported({ module, added }: Plan): Addition {
  const names: (readonly [name: string, kind: number, index: number])[] = [
    [PROBE_EXPORTS.hook, EXTERNAL.table, added.table],
    [PROBE_EXPORTS.probe, EXTERNAL.memory, added.memory],
    [PROBE_EXPORTS.clock, EXTERNAL.global, added.clock],
    [PROBE_EXPORTS.depth, EXTERNAL.global, added.depth],
  ];
  if (added.asked !== undefined) names.push([PROBE_EXPORTS.asked, EXTERNAL.global, added.asked]);
  if (module.start !== undefined) names.push([PROBE_EXPORTS.start, EXTERNAL.function, module.start]);
  module.memories.forEach((_, index) => {
    names.push([`${PROBE_EXPORTS.memory}${index}`, EXTERNAL.memory, index]);
  });
  module.globals.forEach((_, index) => {
    names.push([`${PROBE_EXPORTS.global}${index}`, EXTERNAL.global, index]);
  });
  module.tables.forEach((_, index) => {
    names.push([`${PROBE_EXPORTS.table}${index}`, EXTERNAL.table, index]);
  });
  return items(names.length, (out) => {
    for (const [name, kind, index] of names) out.name(name).u8(kind).unsigned(index);
  });
}

function rank(id: number): number {
  return SECTION_ORDER.indexOf(id);
}

function byRank(a: number, b: number): number {
  return rank(a) - rank(b);
}
