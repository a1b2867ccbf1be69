/** What the bill rests on beside what is metered. */

/** What no emulator can tell. Each is stated in docs/evidence/cost.md, and is a parameter of `npm run cost`. */
export interface Assumptions {
  /** Seconds from an answer until the client's next poll is there: the way to and fro. */
  readonly turnaround: number;
  /** Seconds that a poll computes and calls beside being held. */
  readonly pollSeconds: number;
  /** Seconds that the function `ticket` takes for one. */
  readonly ticketSeconds: number;
  /** Seconds of a publish, and what each doorbell adds (signing and sending; 200 are under way at once). */
  readonly publishSeconds: number;
  readonly doorbellSeconds: number;
  /** GB of the functions, from serverless.yml. */
  readonly pollGb: number;
  readonly publishGb: number;
  /** Bytes that Lambda and Powertools log per invocation (START, END, REPORT, one line of metrics). */
  readonly logBytes: number;
  /** Bytes of an HTTP answer besides its body. */
  readonly headerBytes: number;
  /** Polls that one environment of Managed Instances holds: AWS's most. One environment an instance. */
  readonly pollsPerEnvironment: number;
  /** Polls that one hub task of 1 vCPU and 2 GB holds. */
  readonly pollsPerTask: number;
  /** Seconds that a hub saves a cursor late: CURSOR_DELAY_SECONDS. */
  readonly cursorDelay: number;
  /** Places of a CDN that hold a shared poll of a channel, each for all of its readers: CloudFront's regional caches. */
  readonly cdnPlaces: number;
  /** Seconds that a shared poll is held: SHARED_HOLD_SECONDS. */
  readonly sharedHold: number;
  /** Answers that one vCPU gives a second, in a process that holds many polls. */
  readonly answersPerVcpu: number;
}

export const ASSUMPTIONS: Assumptions = {
  turnaround: 0.1,
  pollSeconds: 0.03,
  ticketSeconds: 0.005,
  publishSeconds: 0.03,
  doorbellSeconds: 0.001,
  pollGb: 256 / 1024,
  publishGb: 512 / 1024,
  logBytes: 700,
  headerBytes: 400,
  pollsPerEnvironment: 1_600,
  pollsPerTask: 10_000,
  cursorDelay: 5,
  cdnPlaces: 2,
  sharedHold: 20,
  answersPerVcpu: 2_500,
};
