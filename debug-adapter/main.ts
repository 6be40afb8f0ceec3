/** The debug adapter's process: DAP on stdio, or on a TCP port of the loopback interface with `--port N` (one session a connection). */
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { Adapter } from './adapter.ts';

function main(): void {
  const { values } = parseArgs({ options: { port: { type: 'string' } }, strict: false });
  // A fault in one session must not take the process, and with it other sessions, down.
  process.on('uncaughtException', (error) => console.error(error));
  process.on('unhandledRejection', (error) => console.error(error));
  if (typeof values.port === 'string') serve(Number(values.port));
  else {
    const adapter = new Adapter(() => process.exit(0));
    // Standard output carries the protocol: whatever prints by mistake must not break it.
    console.log = console.error;
    adapter.start(process.stdin, process.stdout);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void adapter.close());
  }
}

function serve(port: number): void {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    console.error('--port needs a number from 0 to 65535 (0: any free port).');
    process.exit(2);
  }
  const server = createServer((socket) => {
    socket.on('error', () => {});
    new Adapter(() => socket.end()).start(socket, socket);
  });
  server.on('error', (error) => {
    console.error(`Port ${port} cannot be used: ${error.message}`);
    process.exit(2);
  });
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') console.error(`Listening on 127.0.0.1:${address.port}`);
  });
}

main();
