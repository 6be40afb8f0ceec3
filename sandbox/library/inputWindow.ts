/**
 * Keeps the guest's standard input from piling up in memory: no more than a window is sent ahead of what the guest has
 * read. What it has read comes with its usage samples; they count files too, which only widens the window.
 */

/** Bytes. With a sample every tenth of a second this lets 160 MB/s through. */
const WINDOW = 16 * 1024 * 1024;

export class InputWindow {
  #sent = 0;
  #read = 0;
  #open = false;
  #wake: () => void = () => undefined;

  /** Resolves when there is room for more: at once, or after the guest has read some. */
  async room(): Promise<void> {
    while (!this.#open && this.#sent - this.#read > WINDOW) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** `total`: bytes that the guest has read since its start. */
  read(total: number): void {
    this.#read = total;
    this.#wake();
  }

  /** Nobody waits any more: the guest has ended. */
  open(): void {
    this.#open = true;
    this.#wake();
  }
}
