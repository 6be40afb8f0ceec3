/**
 * Reads the limits of a configuration: quantities with units, and plain numbers. A limit that is missing or cannot be
 * read is the schema's default.
 */
import { dotted, type JsonPath } from './configDocument.ts';
import type { Findings } from './findings.ts';
import { schemaAt } from './schema.ts';
import { formatSize, parseQuantity, type Quantity, type Unit } from './units.ts';

/** Memory of 32-bit WebAssembly ends here (bytes). */
const MOST_MEMORY = 4 * 1024 ** 3;
/** The longest time that timers take (milliseconds, 24.8 days). */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export class LimitReader {
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Bytes. `minimumMemory`: what the module has from its start, when it is known. */
  memory(minimumMemory: number | undefined): number {
    const path = ['memory'];
    const bytes = this.#nonZero(path, this.#atMost(path, MOST_MEMORY, '"4GB"'));
    if (minimumMemory !== undefined && bytes < minimumMemory) this.#tooSmall(path, bytes, minimumMemory);
    return bytes;
  }

  /** Milliseconds. */
  timeout(path: JsonPath = ['timeout']): number {
    return this.#nonZero(path, this.#atMost(path, LONGEST_TIMEOUT, '24 days'));
  }

  /** Instructions, or Infinity. */
  fuel(): number {
    return this.#nonZero(['fuel'], this.quantity(['fuel']));
  }

  maxCallDepth(): number {
    return this.#nonZero(['maxCallDepth'], this.wholeNumber(['maxCallDepth']));
  }

  /** A quantity with the unit that the schema says, or the schema's default. */
  quantity(path: JsonPath): number {
    const schema = schemaAt(path);
    const unit = schema?.unit ?? 'count';
    const written = this.#findings.document.value(path);
    if (written === 'unlimited' && unit === 'count') return Number.POSITIVE_INFINITY;
    if (typeof written !== 'string' && typeof written !== 'number') return byDefault(path);
    const quantity = parseQuantity(unit, written);
    if (quantity.ok) return quantity.value;
    this.#findings.error(
      path,
      'bad-unit',
      `"${dotted(path)}": ${quantity.message}`,
      this.#findings.change(path, quantity.suggestion),
    );
    return byDefault(path);
  }

  /** A whole number within the schema's bounds, or the schema's default. */
  wholeNumber(path: JsonPath): number {
    const schema = schemaAt(path);
    const written = this.#findings.document.value(path);
    const good =
      typeof written === 'number' &&
      Number.isSafeInteger(written) &&
      written >= (schema?.minimum ?? 0) &&
      written <= (schema?.maximum ?? Number.MAX_SAFE_INTEGER);
    return good ? written : byDefault(path);
  }

  #atMost(path: JsonPath, most: number, shown: string): number {
    const value = this.quantity(path);
    if (value <= most) return value;
    const message = `"${dotted(path)}" is more than the ${shown} that is possible. Write a smaller value.`;
    const suggestion = path[0] === 'memory' ? this.#findings.change(path, '4GB') : undefined;
    this.#findings.error(path, 'limit-too-large', message, suggestion);
    return byDefault(path);
  }

  #nonZero(path: JsonPath, value: number): number {
    if (value > 0) return value;
    const usual = schemaAt(path)?.default;
    const then = path[0] === 'network' ? 'each request would fail' : 'the program would be stopped';
    const message = `With "${dotted(path)}" 0 ${then} before it begins. Write more, or take it out for the usual ${JSON.stringify(usual)}.`;
    this.#findings.error(path, 'zero-limit', message, this.#findings.change(path, usual));
    return byDefault(path);
  }

  #tooSmall(path: JsonPath, bytes: number, needed: number): void {
    const enough = formatSize(2 ** Math.ceil(Math.log2(Math.max(needed, 1))));
    const message = `The program needs ${formatSize(needed)} of memory to start, and "memory" allows ${formatSize(bytes)}. Write "${enough}" or more.`;
    this.#findings.error(path, 'memory-too-small', message, this.#findings.change(path, enough));
  }
}

function byDefault(path: JsonPath): number {
  const schema = schemaAt(path);
  const value = schema?.default;
  if (value === 'unlimited') return Number.POSITIVE_INFINITY;
  const quantity: Quantity = parseQuantity(schema?.unit ?? ('count' satisfies Unit), value as string | number);
  return quantity.ok ? quantity.value : 0;
}
