/**
 * Entry point of the guest's process: its main thread. Takes messages from whoever runs the guest, and ends the
 * process when that one is gone. Its argument: megabytes of heap for the guest's thread. No guest code ever runs on this thread, so it always answers.
 */
import { setFlagsFromString } from 'node:v8';
import { V8_FLAGS } from '../../instrument/v8Flags.ts';
import type { FromController, ToController } from '../messages.ts';
import { shutIn } from '../process/shutIn.ts';
import { GuestControl } from './guestControl.ts';
import { GuestThread } from './guestThread.ts';

for (const flag of V8_FLAGS) setFlagsFromString(flag);

// SIGKILL to ourselves: an exit would wait for a worker that may be stuck in a system call.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

// A Ctrl+C in a terminal goes to us as well: what it means is for our parent to say.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

const thread = new GuestThread(Number(process.argv[2]));
shutIn();
let control: GuestControl | undefined;

process.on('message', (message: ToController) => {
  if (message.kind === 'load')
    control = new GuestControl(message.options, { send, exit: () => process.exit(0) }, thread);
  else control?.receive(message);
});

function send(message: FromController, delivered?: () => void): void {
  process.send?.(message, undefined, undefined, () => delivered?.());
}
