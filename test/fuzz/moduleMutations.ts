/** Changes to modules that keep most of the format intact, so that readers are fooled further in than by noise. */
import { InstructionCursor } from '../../sandbox/wasm/instructions.ts';
import { type Module, readModule } from '../../sandbox/wasm/module.ts';
import { OPCODES } from '../../sandbox/wasm/opcodes.ts';
import { mutateBytes, replaced } from './byteMutations.ts';
import { moduleOf, type Part, partsOf, sized, vector } from './moduleParts.ts';
import type { Random } from './random.ts';

const CODE = 10;

export function mutateModule(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  switch (random.int(8)) {
    case 0:
      return mutateBytes(bytes, random, other);
    case 1:
      return moduleOf(mutatedSections(partsOf(bytes), random, partsOf(other)));
    case 2:
    case 3: {
      const parts = partsOf(bytes);
      const at = random.int(parts.length);
      const part = parts[at];
      if (part) parts[at] = { ...part, contents: mutateBytes(part.contents, random, other) };
      return moduleOf(parts);
    }
    case 4:
      return withBody(bytes, random, (body) => mutateBytes(body, random, other));
    default: {
      let changed = bytes;
      for (let changes = 1 + random.int(4); changes > 0; changes--) changed = withInstructionChanged(changed, random);
      return changed;
    }
  }
}

/** Left out, twice, elsewhere, cut, or from another module. */
function mutatedSections(parts: Part[], random: Random, others: readonly Part[]): Part[] {
  const at = random.int(parts.length);
  const part = parts[at];
  if (!part) return parts;
  switch (random.int(6)) {
    case 0:
      return parts.toSpliced(at, 1);
    case 1:
      return parts.toSpliced(random.int(parts.length + 1), 0, part);
    case 2:
      return parts.toSpliced(at, 1).toSpliced(random.int(parts.length), 0, part);
    case 3:
      return parts.with(at, { ...part, contents: part.contents.slice(0, random.int(part.contents.length + 1)) });
    case 4:
      return parts.with(at, { ...part, id: random.int(16) });
    default: {
      const same = others.filter(({ id }) => id === part.id);
      return parts.with(at, same.length > 0 ? random.pick(same) : random.pick(others));
    }
  }
}

function withBody(bytes: Uint8Array, random: Random, change: (body: Uint8Array) => Uint8Array): Uint8Array {
  const module = readModule(bytes);
  const bodies = module.functions.flatMap(({ body }) =>
    body ? [bytes.subarray(module.codeStart + body.start, module.codeStart + body.end)] : [],
  );
  if (bodies.length === 0) return bytes;
  const chosen = random.int(bodies.length);
  const contents = vector(bodies.map((body, index) => sized(index === chosen ? change(body) : body)));
  return moduleOf(partsOf(bytes).map((part) => (part.id === CODE ? { ...part, contents } : part)));
}

/** Instructions of the same shape stand in for each other, so the result is often valid. */
function withInstructionChanged(bytes: Uint8Array, random: Random): Uint8Array {
  let module: Module;
  try {
    module = readModule(bytes);
  } catch {
    return bytes;
  }
  const defined = module.functions.filter((fn) => fn.body);
  const body = defined.length > 0 ? random.pick(defined).body : undefined;
  if (!body) return bytes;
  const cursor = new InstructionCursor(module, body.bodyStart, body.end);
  // Reservoir sampling: any instruction is as likely as any other.
  let seen = 0;
  let chosen = { start: body.bodyStart, end: body.bodyStart };
  try {
    while (cursor.advance()) if (random.int(++seen) === 0) chosen = { start: cursor.offset, end: cursor.next };
  } catch {
    return bytes;
  }
  const start = module.codeStart + chosen.start;
  const length = chosen.end - chosen.start;
  if (length <= 1) {
    const code = bytes[start] as number;
    const near = Math.max(0, code - 6 + random.int(13));
    const alike = OPCODES.some(
      (opcode) => opcode.prefix === 0 && opcode.code === near && opcode.immediates.length === 0,
    );
    return alike ? replaced(bytes, start, 1, [near]) : bytes;
  }
  // The last byte of an immediate: an index, a constant, an offset.
  const last = start + 1 + random.int(length - 1);
  const value = random.chance(3) ? random.int(0x80) : Math.max(0, (bytes[last] as number) - 2 + random.int(5));
  const kept = (bytes[last] as number) & 0x80;
  return replaced(bytes, last, 1, [kept | (value & 0x7f)]);
}
