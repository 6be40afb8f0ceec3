/** The command's own standard streams: written in order and to the end, read only while somebody runs. */
import { isatty } from 'node:tty';
import { printableLines } from '../wasm/printable.ts';

const STREAMS = { stdout: process.stdout, stderr: process.stderr } as const;

/** Which of them are terminals. */
export const terminals = {
  stdin: isatty(0),
  stdout: isatty(1),
  stderr: isatty(2),
} as const;

/**
 * Resolves when it has been handed to the system, or when nobody reads it any more. Bytes are the program's and pass as they
 * are; text on standard error is ours, and what it quotes of the program must not act as our own.
 */
export function write(stream: keyof typeof STREAMS, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const safe = typeof data === 'string' && stream === 'stderr' ? printableLines(data) : data;
    STREAMS[stream].write(safe, (error) => {
      if (error) outputFailed = true;
      resolve();
    });
  });
}

/** `wasm-sandbox … | head` closes the pipe while we write, a disk may be full: nothing more to do. */
export function onOutputFailure(then: () => void): void {
  const failed = () => {
    outputFailed = true;
    then();
  };
  for (const stream of Object.values(STREAMS)) stream.on('error', failed);
}

export function hasOutputFailed(): boolean {
  return outputFailed;
}

let outputFailed = false;

export interface StandardInput {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Stop reading, also in the middle of waiting for more: the process would stay for it. */
  close(): void;
}

export function standardInput(): StandardInput {
  return { chunks: process.stdin, close: () => process.stdin.destroy() };
}
