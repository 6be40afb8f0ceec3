/** A web server of the test's own, on loopback, that says what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';

export interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (request: Asked, response: ServerResponse) => void;

export class WebServer {
  readonly port: number;
  readonly asked: Asked[] = [];
  readonly #waiting: ((request: Asked) => void)[] = [];

  private constructor(port: number) {
    this.port = port;
  }

  /** Ends with the tests of the file. */
  static async start(answer: Answer, host = '127.0.0.1'): Promise<WebServer> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        const { method, url, headers } = request;
        const asked = { method, path: url, headers, body: Buffer.concat(parts).toString() };
        web.asked.push(asked);
        answer(asked, response);
        for (const tell of web.#waiting.splice(0)) tell(asked);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    const web = new WebServer((server.address() as AddressInfo).port);
    return web;
  }

  /** The next request, once it has come. */
  next(): Promise<Asked> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  url(path = '/', host = '127.0.0.1'): string {
    return `http://${host}:${this.port}${path}`;
  }
}
