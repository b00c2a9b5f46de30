import { createHash } from 'node:crypto';
import { startCoverage } from './cover.js';
import { mutate, randomOf } from './mutate.js';
import { type Target, isRefusal } from './targets.js';

export interface Finding {
  readonly target: string;
  readonly bytes: Uint8Array;
  readonly what: string;
}

export interface Fuzzed {
  readonly inputs: number;
  /** Inputs that reached code that none before them had reached. */
  readonly kept: number;
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

/** Of the processor, for 64 KiB: nothing that a person waits for takes longer. */
const MOST_MS = 1_000;
/** Asking for coverage costs more than a decoder: where nothing new has come for long, not each input is asked about. */
const RESTLESS = 2_000;

/**
 * Changes inputs of a target again and again, from those that have reached something new. The same seed makes the same inputs as long as
 * the same code is reached.
 */
export async function fuzzTarget(target: Target, runs: number, seed: number, isOver = () => false): Promise<Fuzzed> {
  const random = randomOf(seed ^ hashOf(target.name));
  const corpus: Uint8Array[] = [...target.seeds];
  const findings = new Map<string, Finding>();
  let [slowestMs, kept, inputs, since] = [0, 0, 0, 0];
  using coverage = startCoverage();
  for (const seedBytes of target.seeds) await tryInput(target, seedBytes);
  coverage.news();
  while (inputs < runs && !isOver()) {
    const from = corpus[random(corpus.length)] ?? new Uint8Array(0);
    const bytes = random(50) === 0 ? noise(random) : mutate(from, corpus, random);
    const { ms, failure } = await tryInput(target, bytes);
    inputs += 1;
    slowestMs = Math.max(slowestMs, ms);
    const what = failure ?? (ms > MOST_MS ? `takes ${Math.round(ms)} ms` : null);
    if (what !== null && !findings.has(what)) findings.set(what, { target: target.name, bytes, what });
    if ((since += 1) > RESTLESS && inputs % 16 !== 0) continue;
    if (coverage.news() === 0) continue;
    corpus.push(bytes);
    kept += 1;
    since = 0;
  }
  return { inputs, kept, slowestMs, findings: [...findings.values()] };
}

/** What is thrown that is no refusal, null for an answer or a refusal. */
export async function tryInput(target: Target, bytes: Uint8Array): Promise<{ ms: number; failure: string | null }> {
  // The processor's time: it does not depend on who works beside.
  const begun = process.cpuUsage();
  let failure: string | null = null;
  try {
    await target.run(bytes.slice());
  } catch (error) {
    if (!isRefusal(error)) failure = placeOf(error);
  }
  const { user, system } = process.cpuUsage(begun);
  return { ms: (user + system) / 1_000, failure };
}

/** Error and first place in our own code: the same mistake is one finding, whatever bytes lead there. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return `throws ${typeof error}`;
  const place = /\/((?:crypto|client|server)\/[^)\s]+?):\d+:\d+/.exec(error.stack ?? '')?.[1] ?? 'elsewhere';
  return `${error.name} in ${place}`;
}

function noise(random: (below: number) => number): Uint8Array {
  return Uint8Array.from({ length: random(300) }, () => random(256));
}

function hashOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0);
}
