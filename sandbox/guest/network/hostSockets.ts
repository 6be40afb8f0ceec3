/** The sockets of a guest as its controller has them: listeners, the connections they get, and no more data than the guest takes. */
import { createServer, type Server, type Socket } from 'node:net';
import { type FromNetwork, SOCKET_WINDOW, type ToNetwork } from './networkMessages.ts';

/** Connections that nobody has accepted yet; further ones are turned away. */
const BACKLOG = 128;
/** What a message to the worker weighs beside its bytes. */
const MESSAGE_WEIGHT = 512;
/** Milliseconds that a closed connection may take to hand over what was written. */
const LINGER = 2000;

type SocketMessage = Exclude<ToNetwork, { kind: 'ask' }>;
type Tell = (message: FromNetwork) => void;

export class HostSockets {
  readonly #tell: Tell;
  readonly #servers: Server[] = [];
  readonly #connections = new Map<number, Connection>();
  #last = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Opens all or none. A sentence for the user says why it could not be done. */
  async listen(addresses: readonly string[]): Promise<string | undefined> {
    for (const [listener, address] of addresses.entries()) {
      const problem = await this.#open(address, listener);
      if (problem === undefined) continue;
      for (const server of this.#servers) server.close();
      return problem;
    }
    return undefined;
  }

  receive(message: SocketMessage): void {
    if (message.kind === 'stopListening') this.#servers[message.listener]?.close();
    else this.#connections.get(message.socket)?.receive(message);
  }

  #open(address: string, listener: number): Promise<string | undefined> {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
    this.#servers[listener] = server;
    server.on('connection', (socket) => this.#connected(socket, listener));
    return new Promise((resolve) => {
      server.once('error', (error) => resolve(listenProblem(address, error)));
      server.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(port), exclusive: true }, () => {
        // An error later on (no descriptors left) costs a connection, not the run.
        server.on('error', () => {});
        resolve(undefined);
      });
    });
  }

  #connected(socket: Socket, listener: number): void {
    const waiting = [...this.#connections.values()].filter((connection) => connection.listener === listener);
    if (waiting.filter(({ accepted }) => !accepted).length >= BACKLOG) {
      socket.destroy();
      return;
    }
    const id = ++this.#last;
    this.#connections.set(id, new Connection(id, socket, { listener, tell: this.#tell }));
    socket.once('close', () => this.#connections.delete(id));
    this.#tell({ kind: 'connection', listener, socket: id });
  }
}

class Connection {
  readonly listener: number;
  readonly #id: number;
  readonly #socket: Socket;
  readonly #tell: Tell;
  /** What the guest was told and has not taken yet, piece by piece: bytes left. */
  readonly #untaken: number[] = [];
  #untakenBytes = 0;
  #ended = false;
  #closed = false;
  accepted = false;

  constructor(id: number, socket: Socket, to: { readonly listener: number; readonly tell: Tell }) {
    this.listener = to.listener;
    this.#id = id;
    this.#socket = socket;
    this.#tell = to.tell;
    socket.on('error', () => {}); // 'close' follows, and says so
    socket.on('data', (bytes) => this.#data(bytes));
    socket.on('end', () => {
      this.#ended = true;
      to.tell({ kind: 'ended', socket: id });
    });
    socket.on('close', (failed) => {
      if (failed || !this.#ended) to.tell({ kind: 'reset', socket: id });
      to.tell({ kind: 'gone', socket: id });
    });
  }

  receive(message: Exclude<SocketMessage, { kind: 'stopListening' }>): void {
    switch (message.kind) {
      case 'accept':
        this.accepted = true;
        this.#socket.resume();
        return;
      case 'taken':
        this.#taken(message.bytes);
        if (this.#weight < SOCKET_WINDOW / 2) this.#socket.resume();
        return;
      case 'write':
        this.#write(message.bytes);
        return;
      case 'finish':
        this.#socket.end();
        return;
      case 'close':
        this.#close();
        return;
    }
  }

  #data(bytes: Buffer): void {
    if (this.#closed) return;
    this.#untaken.push(bytes.length);
    this.#untakenBytes += bytes.length;
    if (this.#weight >= SOCKET_WINDOW) this.#socket.pause();
    this.#tell({ kind: 'data', socket: this.#id, bytes: new Uint8Array(bytes) });
  }

  /** A peer may send each byte by itself: messages weigh too. */
  get #weight(): number {
    return this.#untakenBytes + MESSAGE_WEIGHT * this.#untaken.length;
  }

  #taken(bytes: number): void {
    this.#untakenBytes -= bytes;
    let left = bytes;
    for (let [piece] = this.#untaken; piece !== undefined && left > 0; [piece] = this.#untaken) {
      if (piece > left) this.#untaken[0] = piece - left;
      else this.#untaken.shift();
      left -= Math.min(left, piece);
    }
  }

  #write(bytes: Uint8Array): void {
    const written = () => this.#tell({ kind: 'written', socket: this.#id, bytes: bytes.length });
    this.#socket.write(bytes, written);
  }

  /** What still comes is read and dropped: the system would answer it with a reset, which takes back what was sent. */
  #close(): void {
    this.#closed = true;
    this.#socket.end();
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), LINGER).unref();
  }
}

function listenProblem(address: string, error: Error & { code?: string }): string {
  const asked = `sandbox.json asks to listen on ${address} ("network.listen"), `;
  switch (error.code) {
    case 'EADDRINUSE':
      return `${asked}but that port is in use. End the program that uses it, or choose another port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${asked}but that is no address of this machine. Write "127.0.0.1" to be reached from this machine only.`;
    case 'EACCES':
      return `${asked}which this user may not do. Choose a port above 1023.`;
    default:
      return `${asked}which failed: ${error.message}.`;
  }
}
