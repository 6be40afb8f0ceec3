/** The command's own standard streams: written in order and to the end, read only while somebody runs. */

const STREAMS = { stdout: process.stdout, stderr: process.stderr } as const;

/** Resolves when it has been handed to the system, or when nobody reads it any more. */
export function write(stream: keyof typeof STREAMS, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    STREAMS[stream].write(data, () => resolve());
  });
}

/** `wasm-sandbox … | head` closes the pipe while we write: no failure, but nothing more to do. */
export function onBrokenPipe(then: () => void): void {
  const broken = () => {
    pipeBroken = true;
    then();
  };
  for (const stream of Object.values(STREAMS)) stream.on('error', broken);
}

export function isPipeBroken(): boolean {
  return pipeBroken;
}

let pipeBroken = false;

export interface StandardInput {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Stop reading, also in the middle of waiting for more: the process would stay for it. */
  close(): void;
}

export function standardInput(): StandardInput {
  return { chunks: process.stdin, close: () => process.stdin.destroy() };
}
