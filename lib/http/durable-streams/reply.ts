/** What a route of streams answers, for whatever sends it: the router, or a hub without it. */

export interface StreamReply {
  readonly status: number;
  /** Of every answer that says the same: one object for all of them, so what is made of it need be made once. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of this answer alone. */
  readonly own?: Readonly<Record<string, string>>;
  /** Not to be changed: readers share it. */
  readonly body: Uint8Array<ArrayBuffer> | string | null;
}
