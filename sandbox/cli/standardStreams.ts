/** The command's own standard streams: written in order and to the end, read only while somebody runs. */

const STREAMS = { stdout: process.stdout, stderr: process.stderr } as const;

/** Resolves when it has been handed to the system, or when nobody reads it any more. */
export function write(stream: keyof typeof STREAMS, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    STREAMS[stream].write(data, (error) => {
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
