/** Reading the arguments of requests, which may be anything at all: every reader gives the type asked for or a clear error. */
import { errors } from './errors.ts';

export class RequestArguments {
  readonly #command: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(command: string, values: unknown) {
    this.#command = command;
    this.#values = isRecord(values) ? values : {};
  }

  /** The arguments as they came. */
  get raw(): Readonly<Record<string, unknown>> {
    return this.#values;
  }

  text(name: string): string {
    return this.#need(name, this.textOr(name), 'a string');
  }

  textOr(name: string): string | undefined {
    return this.#optional(name, 'a string', (value) => typeof value === 'string');
  }

  number(name: string): number {
    return this.#need(name, this.numberOr(name), 'a whole number, 0 or more');
  }

  numberOr(name: string): number | undefined {
    const isIndex = (value: unknown): value is number =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    return this.#optional(name, 'a whole number, 0 or more', isIndex);
  }

  flag(name: string): boolean {
    return this.#optional(name, 'true or false', (value) => typeof value === 'boolean') ?? false;
  }

  record(name: string): RequestArguments {
    return new RequestArguments(
      `${this.#command}.${name}`,
      this.#need(name, this.#optional(name, 'an object', isRecord), 'an object'),
    );
  }

  recordOr(name: string): RequestArguments | undefined {
    return this.#values[name] === undefined ? undefined : this.record(name);
  }

  /** Each element of an array of objects; none when it is absent. */
  records(name: string): readonly RequestArguments[] {
    const values = this.#optional(name, 'an array', (value): value is unknown[] => Array.isArray(value)) ?? [];
    return values.map((value, index) => {
      if (!isRecord(value)) throw errors.badArgument(this.#command, `${name}[${index}]`, 'an object');
      return new RequestArguments(`${this.#command}.${name}[${index}]`, value);
    });
  }

  texts(name: string): readonly string[] {
    return this.#optional(name, 'an array of strings', isTexts) ?? [];
  }

  #optional<T>(name: string, expected: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.#values[name];
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw errors.badArgument(this.#command, name, expected);
    return value;
  }

  #need<T>(name: string, value: T | undefined, expected: string): T {
    if (value === undefined) throw errors.badArgument(this.#command, name, expected);
    return value;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}
