/** The sockets of a guest as its worker has them: what has come and was not read yet, and how much is still on its way out. */
import type { HostListener, HostSocket, SocketState } from '../../wasi/sockets.ts';
import type { ControllerCalls, SocketEvent } from './controllerCalls.ts';
import { SOCKET_WINDOW } from './networkMessages.ts';

export class GuestSockets {
  readonly listeners: readonly HostListener[];
  readonly #calls: ControllerCalls;
  readonly #waiting: number[][];
  readonly #sockets = new Map<number, GuestSocket>();

  /** `addresses`: of the listeners, which the controller has opened. */
  constructor(calls: ControllerCalls, addresses: readonly string[]) {
    this.#calls = calls;
    this.#waiting = addresses.map(() => []);
    this.listeners = addresses.map((address, listener) => ({
      address,
      ready: () => {
        calls.receive();
        return (this.#waiting[listener]?.length ?? 0) > 0;
      },
      accept: () => this.#accept(listener),
      close: () => calls.post({ kind: 'stopListening', listener }),
    }));
    calls.listen((event) => this.#heard(event));
  }

  /** Bytes on their way out, of closed sockets too. */
  get unsent(): number {
    this.#calls.receive();
    return [...this.#sockets.values()].reduce((sum, socket) => sum + socket.unsent, 0);
  }

  #accept(listener: number): HostSocket | undefined {
    this.#calls.receive();
    const id = this.#waiting[listener]?.shift();
    if (id === undefined) return undefined;
    this.#calls.post({ kind: 'accept', socket: id });
    return this.#sockets.get(id);
  }

  #heard(event: SocketEvent): void {
    if (event.kind === 'connection') {
      this.#waiting[event.listener]?.push(event.socket);
      const forget = () => void this.#sockets.delete(event.socket);
      this.#sockets.set(event.socket, new GuestSocket(event.socket, this.#calls, forget));
      return;
    }
    this.#sockets.get(event.socket)?.heard(event);
  }
}

class GuestSocket implements HostSocket {
  readonly #id: number;
  readonly #calls: ControllerCalls;
  /** Called once nobody on either side speaks of it any more. */
  readonly #forget: () => void;
  readonly #chunks: Uint8Array[] = [];
  #available = 0;
  /** Read, and not told yet. */
  #taken = 0;
  #unsent = 0;
  #state: SocketState = 'open';
  #closed = false;
  #gone = false;

  constructor(id: number, calls: ControllerCalls, forget: () => void) {
    this.#id = id;
    this.#calls = calls;
    this.#forget = forget;
  }

  get unsent(): number {
    return this.#gone || this.#state === 'reset' ? 0 : this.#unsent;
  }

  get state(): SocketState {
    this.#calls.receive();
    return this.#state;
  }

  get available(): number {
    this.#calls.receive();
    return this.#available;
  }

  get room(): number {
    this.#calls.receive();
    return Math.max(0, SOCKET_WINDOW - this.#unsent);
  }

  read(windows: readonly Uint8Array[], peek: boolean): number {
    let read = 0;
    let [index, offset] = [0, 0];
    for (const window of windows) {
      for (let at = 0; at < window.length; ) {
        const chunk = this.#chunks[index];
        if (chunk === undefined) return this.#took(read, peek);
        const part = chunk.subarray(offset, offset + window.length - at);
        window.set(part, at);
        at += part.length;
        read += part.length;
        offset += part.length;
        if (offset === chunk.length) [index, offset] = [index + 1, 0];
      }
    }
    return this.#took(read, peek);
  }

  write(windows: readonly Uint8Array[]): number {
    const length = Math.min(
      this.room,
      windows.reduce((sum, window) => sum + window.length, 0),
    );
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const window of windows) {
      const part = window.subarray(0, length - at);
      bytes.set(part, at);
      at += part.length;
    }
    this.#unsent += length;
    this.#calls.post({ kind: 'write', socket: this.#id, bytes });
    return length;
  }

  finish(): void {
    this.#calls.post({ kind: 'finish', socket: this.#id });
  }

  close(): void {
    this.#closed = true;
    this.#chunks.length = 0;
    this.#calls.post({ kind: 'close', socket: this.#id });
    if (this.#gone) this.#forget();
  }

  heard(event: Exclude<SocketEvent, { kind: 'connection' }>): void {
    switch (event.kind) {
      case 'data':
        if (this.#closed) return;
        this.#chunks.push(event.bytes);
        this.#available += event.bytes.length;
        return;
      case 'ended':
        if (this.#state === 'open') this.#state = 'ended';
        return;
      case 'reset':
        this.#state = 'reset';
        return;
      case 'gone':
        this.#gone = true;
        if (this.#closed) this.#forget();
        return;
      case 'written':
        this.#unsent -= event.bytes;
        return;
    }
  }

  #took(read: number, peek: boolean): number {
    if (peek || read === 0) return read;
    let left = read;
    while (left > 0) {
      const [chunk = new Uint8Array(0)] = this.#chunks;
      if (chunk.length > left) this.#chunks[0] = chunk.subarray(left);
      else this.#chunks.shift();
      left -= Math.min(left, chunk.length);
    }
    this.#available -= read;
    this.#taken += read;
    // A guest may read byte by byte: not a message for each.
    if (this.#available > 0 && this.#taken < SOCKET_WINDOW / 8) return read;
    this.#calls.post({ kind: 'taken', socket: this.#id, bytes: this.#taken });
    this.#taken = 0;
    return read;
  }
}
