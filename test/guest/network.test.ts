import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { CONFIG, CONTINUE, fixture, GuestUnderTest } from './guestUnderTest.ts';
import { WebServer } from './webServer.ts';

const NETWORK = { ...CONFIG.network, maxConnections: 4, maxResponseSize: 1 << 20, timeout: 20_000 };

/** A guest that asks for a URL: its results are the errno, the status and the length of the body. */
function asking(url: string, network: Partial<typeof NETWORK>, config: Partial<typeof CONFIG> = {}) {
  const text = fixture('http.wat').replace('URL', url);
  const entry = { kind: 'call', function: 'get', arguments: [url.length] } as const;
  return [text, { entry, config: { ...config, network: { ...NETWORK, ...network } } }] as const;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a request of a guest', { concurrency: true }, () => {
  it('gets its answer through the controller, behind the process’s walls', async () => {
    const server = await WebServer.start((_, response) => response.end('hello'));
    const run = await GuestUnderTest.load(...asking(server.url(), { allow: [`127.0.0.1:${server.port}`] }));
    assert.equal(run.guest.walls.permissions, true);
    run.guest.start(CONTINUE);
    assert.deepEqual(await run.ended(), { kind: 'exited', code: 0, results: [0, 200, 5] });
    const usage = run.samples.at(-1);
    assert.deepEqual([usage?.networkRequests, usage?.bytesReceived, usage?.bytesSent], [1, 5, 0]);
  });

  it('is a violation at its place where it is not granted; the guest goes on', async () => {
    const run = await GuestUnderTest.load(...asking('https://a.example/x', { allow: ['b.example:443'] }));
    run.guest.start(CONTINUE);
    const { operation, target, required, available, errno, frames } = await run.violation();
    assert.deepEqual([operation, target, errno], ['sandbox_http.request', 'a.example:443', 'ACCES']);
    assert.deepEqual([required, available], ['network.allow', ['b.example:443']]);
    assert.equal(frames[0]?.offset, run.offset('get', 'call', 0));
    assert.deepEqual(await run.ended(), { kind: 'exited', code: 0, results: [2, 0, 0] });
  });

  it('is a violation too where a redirect leads elsewhere', async () => {
    const server = await WebServer.start((_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.2/' }).end(),
    );
    const run = await GuestUnderTest.load(...asking(server.url(), { allow: [`127.0.0.1:${server.port}`] }));
    run.guest.start(CONTINUE);
    assert.equal((await run.violation()).target, '127.0.0.2:80');
    assert.deepEqual(await run.ended(), { kind: 'exited', code: 0, results: [2, 0, 0] });
  });

  it('can be paused while it is blocked, and goes on', async () => {
    let answer = () => {};
    const server = await WebServer.start((_, response) => {
      answer = () => response.end('late');
    });
    const asked = server.next();
    const run = await GuestUnderTest.load(...asking(server.url(), { allow: [`127.0.0.1:${server.port}`] }));
    run.guest.start(CONTINUE);
    await asked;
    run.guest.pause();
    const stop = await run.stop();
    assert.equal(stop.reason.kind, 'pause');
    assert.equal(stop.frames[0]?.offset, run.offset('get', 'call', 0));
    answer();
    run.guest.resume(CONTINUE);
    assert.deepEqual(await run.ended(), { kind: 'exited', code: 0, results: [0, 200, 4] });
  });

  it('can be killed while it is blocked', async () => {
    const server = await WebServer.start(() => {});
    const asked = server.next();
    const run = await GuestUnderTest.load(...asking(server.url(), { allow: [`127.0.0.1:${server.port}`] }));
    run.guest.start(CONTINUE);
    await asked;
    await run.guest.kill();
    assert.equal((await run.ended()).kind, 'killed');
  });

  it('ends with the time of the run', async () => {
    const server = await WebServer.start(() => {});
    const network = { allow: [`127.0.0.1:${server.port}`] };
    const end = await GuestUnderTest.end(...withoutDebug(asking(server.url(), network, { timeout: 300 })));
    assert.deepEqual(end.kind === 'exhausted' && end.exhausted, { kind: 'timeout', used: 300, limit: 300 });
  });

  it('ends with its own time, and the guest goes on', async () => {
    const server = await WebServer.start(() => {});
    const network = { allow: [`127.0.0.1:${server.port}`], timeout: 50 };
    const end = await GuestUnderTest.end(...withoutDebug(asking(server.url(), network)));
    assert.deepEqual(end, { kind: 'exited', code: 0, results: [73, 0, 0] });
  });
});

function withoutDebug([wat, settings]: ReturnType<typeof asking>) {
  return [wat, { ...settings, debug: false }] as const;
}

describe('a guest that listens', { concurrency: true }, () => {
  const open = new Set<Socket>();
  after(() => open.forEach((socket) => void socket.destroy()));

  function dial(port: number): Socket {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    open.add(socket);
    return socket;
  }

  async function listening(functionName: string, arguments_: readonly number[] = []) {
    const port = await freePort();
    const run = await GuestUnderTest.load(fixture('server.wat'), {
      entry: { kind: 'call', function: functionName, arguments: arguments_ },
      config: { network: { ...NETWORK, listen: [`127.0.0.1:${port}`] } },
      debug: false,
    });
    return { port, run };
  }

  it('can be reached before it starts, and echoes until the end', async () => {
    const { port, run } = await listening('echo');
    const socket = dial(port);
    await once(socket, 'connect');
    socket.write('hello ');
    run.guest.start(CONTINUE);
    assert.equal(String((await once(socket, 'data'))[0]), 'hello ');
    socket.end('world');
    assert.equal(await text(socket), 'world');
    assert.deepEqual(await run.ended(), { kind: 'exited', code: 0, results: [0] });
    assert.equal(run.samples.at(-1)?.networkRequests, 1);
  });

  it('has all it wrote delivered, though it ends at once', async () => {
    const { port, run } = await listening('flood', [50]);
    const socket = dial(port);
    run.guest.start(CONTINUE);
    assert.equal((await text(socket)).length, 50 * 65536);
    assert.equal((await run.ended()).kind, 'exited');
  });

  it('is held back by who does not read', async () => {
    const { port, run } = await listening('flood', [10_000]);
    const socket = dial(port);
    socket.pause();
    run.guest.start(CONTINUE);
    await once(socket, 'connect');
    socket.resume();
    const [first] = await once(socket, 'data');
    socket.pause();
    assert.ok(first.length > 0);
    run.guest.pause();
    assert.equal((await run.stop()).reason.kind, 'pause');
    const sent = run.samples.at(-1)?.bytesSent ?? 0;
    assert.ok(sent < 64 << 20, `${sent} bytes`);
    await run.guest.kill();
  });

  it('gets what comes in single bytes', async () => {
    const { port, run } = await listening('echo');
    const socket = dial(port).setNoDelay(true);
    await once(socket, 'connect');
    run.guest.start(CONTINUE);
    const echoed = text(socket);
    for (let count = 0; count < 3000; count++) if (!socket.write('x')) await once(socket, 'drain');
    socket.end();
    assert.equal((await echoed).length, 3000);
    assert.equal((await run.ended()).kind, 'exited');
  });

  it('sees that the other side is gone', async () => {
    const { port, run } = await listening('flood', [100_000]);
    const socket = dial(port);
    run.guest.start(CONTINUE);
    await once(socket, 'data');
    socket.resetAndDestroy();
    const end = await run.ended();
    assert.deepEqual(end.kind === 'exited' && end.results, [PIPE]);
  });

  it('can be killed while it waits', async () => {
    const { port, run } = await listening('echo');
    run.guest.start(CONTINUE);
    const socket = dial(port);
    socket.write('x');
    await once(socket, 'data');
    await run.guest.kill();
    assert.equal((await run.ended()).kind, 'killed');
  });

  it('is not started where its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const config = { network: { ...NETWORK, listen: [`127.0.0.1:${await freePort()}`, `127.0.0.1:${port}`] } };
    const entry = { kind: 'call', function: 'echo', arguments: [] } as const;
    const end = await GuestUnderTest.end(fixture('server.wat'), { entry, config });
    server.close();
    assert.ok(end.kind === 'refused');
    assert.match(end.message, new RegExp(`listen on 127\\.0\\.0\\.1:${port} .*port is in use`));
  });

  it('is not started on an address of somebody else', async () => {
    const config = { network: { ...NETWORK, listen: ['192.0.2.1:80'] } };
    const entry = { kind: 'call', function: 'echo', arguments: [] } as const;
    const end = await GuestUnderTest.end(fixture('server.wat'), { entry, config });
    assert.match(end.kind === 'refused' ? end.message : '', /no address of this machine/);
  });
});

/** WASI errno. */
const PIPE = 64;
