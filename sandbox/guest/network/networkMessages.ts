/**
 * What a guest's worker says to its controller about the network, and what it hears. Sockets are pushed, not asked
 * for: what arrives waits in the worker, at most a window of it, so that the guest sees at once what is ready.
 */
import type { HttpReply, HttpRequest } from '../../wasi/httpRequest.ts';

/** Bytes under way in one direction of one socket before the sender has to wait. */
export const SOCKET_WINDOW = 256 * 1024;

/** `socket` is a number that the controller has given; `listener` counts the listeners from 0. */
export type ToNetwork =
  | { readonly kind: 'ask'; readonly id: number; readonly question: NetworkQuestion }
  /** From now on its data is wanted. */
  | { readonly kind: 'accept'; readonly socket: number }
  /** The guest has read so many bytes: there is room for more. */
  | { readonly kind: 'taken'; readonly socket: number; readonly bytes: number }
  | { readonly kind: 'write'; readonly socket: number; readonly bytes: Uint8Array }
  /** No more will be written. */
  | { readonly kind: 'finish'; readonly socket: number }
  | { readonly kind: 'close'; readonly socket: number }
  | { readonly kind: 'stopListening'; readonly listener: number };

export type FromNetwork =
  | { readonly kind: 'reply'; readonly id: number; readonly reply: NetworkReply }
  | { readonly kind: 'connection'; readonly listener: number; readonly socket: number }
  | { readonly kind: 'data'; readonly socket: number; readonly bytes: Uint8Array }
  /** The other side writes no more. */
  | { readonly kind: 'ended'; readonly socket: number }
  | { readonly kind: 'reset'; readonly socket: number }
  /** Nothing more comes of it. */
  | { readonly kind: 'gone'; readonly socket: number }
  /** So many bytes have been handed to the system. */
  | { readonly kind: 'written'; readonly socket: number; readonly bytes: number };

/** What the worker waits for. */
export type NetworkQuestion =
  | { readonly kind: 'http'; readonly request: HttpRequest }
  /** On what the configuration says. */
  | { readonly kind: 'listen' };

export type NetworkReply =
  | { readonly kind: 'http'; readonly reply: HttpReply }
  /** `problem`: a sentence for the user, when it could not be done. */
  | { readonly kind: 'listen'; readonly problem: string | undefined };
