/**
 * What a program prints, on its way to the client. A client takes long for each `output` event, and the program waits for it:
 * of many in a short time, those from the same place go together. A few go as they come, each with its own line.
 */
import type { OutputAddition } from './events.ts';

type Send = (event: string, body?: object) => void;

interface Output extends OutputAddition {
  readonly category?: unknown;
  readonly output: string;
  readonly source?: { readonly path?: unknown };
  readonly line?: unknown;
  readonly column?: unknown;
}

/** Milliseconds in which so many go as they come. */
const WINDOW = 50;
const AS_THEY_COME = 20;

/** Characters that go together: more in one event would make a client's list slow. */
const TOGETHER = 4096;

export class OutputFlood {
  readonly #send: Send;
  #sent = 0;
  #pending: { readonly first: Output; readonly place: string; text: string; count: number } | undefined;
  #window: NodeJS.Timeout | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Keeps the order of all events. */
  send(event: string, body?: object): void {
    if (event === 'output' && isPrinted(body)) this.#print(body);
    else {
      this.flush();
      this.#send(event, body);
    }
  }

  flush(): void {
    if (this.#pending === undefined) return;
    const { first, text, count } = this.#pending;
    this.#pending = undefined;
    this.#send('output', count === 1 ? first : { ...first, output: text, count });
  }

  close(): void {
    this.flush();
    clearTimeout(this.#window);
  }

  #print(body: Output): void {
    this.#window ??= setTimeout(() => this.#nextWindow(), WINDOW);
    if (this.#sent < AS_THEY_COME) {
      this.#sent++;
      this.#send('output', body);
      return;
    }
    const place = JSON.stringify([body.category, body.source?.path, body.line, body.column]);
    if (this.#pending?.place === place && this.#pending.text.length + body.output.length <= TOGETHER) {
      this.#pending.text += body.output;
      this.#pending.count++;
      return;
    }
    this.flush();
    this.#pending = { first: body, place, text: body.output, count: 1 };
  }

  #nextWindow(): void {
    this.#window = undefined;
    this.flush();
    this.#sent = 0;
  }
}

function isPrinted(body: object | undefined): body is Output {
  const { category, output } = (body ?? {}) as Partial<Output>;
  return (category === 'stdout' || category === 'stderr') && typeof output === 'string';
}
