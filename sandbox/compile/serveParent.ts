/**
 * The child's side of `WarmChild`: answers the parent's requests one by one and ends with the parent.
 */
import type { ChildReply, ChildRequest } from './warmChild.ts';

export function serveParent(handle: (payload: unknown) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit(0));
  // The parent may have ended while the compiler was loading.
  if (!process.connected) process.exit(0);
  process.on('message', (message) => {
    const { id, payload } = message as ChildRequest;
    handle(payload).then(
      (value) => reply({ id, ok: true, value }),
      (error: unknown) => reply({ id, ok: false, error: error instanceof Error ? error.message : String(error) }),
    );
  });
}

function reply(message: ChildReply): void {
  process.send?.(message);
}
