/** Host calls on sockets. Guests cannot connect: there are listeners that were opened for them, and what these accept. */
import { CONNECTION_RIGHTS, FdFlag } from './abi.ts';
import type { NetworkConnections } from './connections.ts';
import { type Descriptor, isVirtual, type SocketDescriptor } from './descriptors.ts';
import { fail } from './errno.ts';
import type { CallContext, HostCalls } from './host.ts';
import { receive, send } from './sockets.ts';

const ReceiveFlag = { PEEK: 1, WAITALL: 2 } as const;
const Shutdown = { READ: 1, WRITE: 2 } as const;

export function socketCalls(context: CallContext, connections: NetworkConnections): HostCalls {
  const { memory, descriptors, counters, options } = context;
  return {
    sock_accept: (fd: number, flags: number, result: number) => {
      const descriptor = descriptors.get(fd);
      if (descriptor.kind !== 'listener') return fail(descriptor.kind === 'socket' ? 'INVAL' : noSocket(descriptor));
      if ((flags & ~FdFlag.NONBLOCK) !== 0) fail('INVAL');
      memory.check(result, 4);
      const { listener } = descriptor;
      connections.makeRoom(listener.address);
      const ready = () => listener.ready();
      if (!ready() && (descriptor.flags & FdFlag.NONBLOCK) === 0)
        options.network?.wait(ready, Number.POSITIVE_INFINITY);
      const socket = listener.accept() ?? fail('AGAIN');
      connections.opened();
      counters.networkRequests++;
      const close = () => {
        connections.closed();
        socket.close();
      };
      const shut = { read: false, write: false };
      const rights = { rights: CONNECTION_RIGHTS, inheriting: 0, flags };
      memory.put32(result, descriptors.insert({ kind: 'socket', socket, shut, close, ...rights }));
    },
    sock_recv: (fd: number, data: number, count: number, flags: number, length: number, resultFlags: number) => {
      const descriptor = connection(descriptors.get(fd));
      if ((flags & ~(ReceiveFlag.PEEK | ReceiveFlag.WAITALL)) !== 0) fail('INVAL');
      const windows = memory.windows(data, count);
      memory.check(length, 4);
      memory.check(resultFlags, 2);
      const peek = (flags & ReceiveFlag.PEEK) !== 0;
      const waitAll = (flags & ReceiveFlag.WAITALL) !== 0;
      memory.put32(length, receive(context, descriptor, windows, { peek, waitAll }));
      // A stream is never cut off: no flags.
      memory.put16(resultFlags, 0);
    },
    sock_send: (fd: number, data: number, count: number, flags: number, length: number) => {
      const descriptor = connection(descriptors.get(fd));
      if (flags !== 0) fail('INVAL');
      const windows = memory.windows(data, count);
      memory.check(length, 4);
      memory.put32(length, send(context, descriptor, windows));
    },
    sock_shutdown: (fd: number, how: number) => {
      const { socket, shut } = connection(descriptors.get(fd));
      if (how === 0 || (how & ~(Shutdown.READ | Shutdown.WRITE)) !== 0) fail('INVAL');
      if ((how & Shutdown.READ) !== 0) shut.read = true;
      if ((how & Shutdown.WRITE) === 0 || shut.write) return;
      shut.write = true;
      socket.finish();
    },
  };
}

function connection(descriptor: Descriptor): SocketDescriptor {
  if (descriptor.kind === 'socket') return descriptor;
  return fail(descriptor.kind === 'listener' ? 'NOTCONN' : noSocket(descriptor));
}

function noSocket(descriptor: Descriptor): 'BADF' | 'NOTSOCK' {
  return isVirtual(descriptor) ? 'BADF' : 'NOTSOCK';
}
