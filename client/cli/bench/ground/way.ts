/** One way of getting a folder of instances from a sender to a recipient: Bildbote, or what people use instead. */
export interface Way {
  readonly name: string;
  readonly title: string;
  /** Nobody in between can read what travels. */
  readonly isSealed: boolean;
  /** Files arrive byte for byte; else with a header of the recipient's program before the same data set. */
  readonly keepsBytes: boolean;
  /** The program that is missing here; null when the way can be gone. */
  missing(): Promise<string | null>;
  /** Whatever runs before anybody sends: servers, keys, mailboxes. */
  open(ground: Ground): Promise<OpenWay>;
}

/** Where a way runs. */
export interface Ground {
  /** An empty folder of its own. */
  readonly folder: string;
  /** Puts a line in front of a TCP port of this machine. @returns the port to connect to instead */
  line(port: number): Promise<number>;
}

export interface Trip {
  /** Folder of the instances. */
  readonly study: string;
  /** Folder they are to come to. */
  readonly out: string;
}

export interface OpenWay extends AsyncDisposable {
  /** Processes that serve all along: their processor time during a trip counts, and their memory. */
  readonly servers: readonly number[];
  /** Once before the first trip, with its study. */
  prepare?(study: string): Promise<void>;
  /** Settles when all instances are below `out`. */
  go(trip: Trip): Promise<Arrival>;
}

export interface Arrival {
  /** Bytes that went up the line, null where they are not known. */
  readonly wireBytes: number | null;
  /** When the first instance was there and checked, by `Date.now()`; null: watch the folder. */
  readonly firstAtMs: number | null;
  /** When the last one was there, checked and durable, by `Date.now()`; when `go` settles unless given. */
  readonly completeAtMs?: number;
}

export interface Figures {
  readonly wallS: number;
  readonly cpuS: number;
  /** Largest resident memory of any process of the way. */
  readonly peakBytes: number;
  readonly firstS: number;
  readonly wireBytes: number | null;
}
