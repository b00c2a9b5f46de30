import { setTimeout as pause } from 'node:timers/promises';
import { FAIR } from './line.js';
import type { PracticeProcess } from './processes.js';
import type { Site } from './site.js';

/** What happens to a send, in the words of the board. */
export type FaultKind =
  | 'relay killed'
  | 'relay restarted'
  | 'client killed'
  | 'gateway killed'
  | 'database cut off'
  | 'database connections ended'
  | 'S3 answers 500'
  | 'S3 answers 503'
  | 'S3 breaks off'
  | 'disk full'
  | 'line cut'
  | 'line slow'
  | 'line breaks in the middle'
  | 'clock jumps';

export interface Fault {
  readonly kind: FaultKind;
  /** Does it, and mends it again. */
  happen(): Promise<void>;
}

export interface Stage {
  readonly site: Site;
  readonly clients: readonly PracticeProcess[];
  readonly gateways: readonly PracticeProcess[];
  readonly random: () => number;
}

const HOUR_MS = 3_600_000;
/** Messages dated more than a day ahead are refused; what a clock that is wrong by more means stands in docs/reliability.md. */
const LONGEST_JUMP_MS = 20 * HOUR_MS;

/** How often each kind comes, in hundredths; what this site cannot suffer falls to the others. */
export function faultsOf(stage: Stage): readonly { readonly weight: number; readonly fault: Fault }[] {
  const { site, random } = stage;
  const node = (): number => Math.floor(random() * site.nodes);
  const lasting = (ms: number): Promise<void> => pause(200 + random() * ms);
  const one = (kind: FaultKind, weight: number, happen: () => Promise<void>) => ({ weight, fault: { kind, happen } });
  return [
    one('relay killed', 16, () => site.killNode(node())),
    one('relay restarted', 4, () => site.stopNode(node())),
    one('client killed', 18, () => pick(stage.clients, random).kill()),
    one('gateway killed', 8, () => pick(stage.gateways, random).kill()),
    one('line cut', 10, async () => {
      const back = site.line.cutFor();
      await lasting(800);
      back();
    }),
    one('line slow', 8, () => weather(site, { ...FAIR, latencyMs: 150, bytesPerSecond: 60_000 }, lasting(1_200))),
    one('line breaks in the middle', 12, () =>
      weather(site, { ...FAIR, breaksAfter: 2_000 + Math.floor(random() * 60_000) }, lasting(1_200)),
    ),
    one('clock jumps', 8, () => jump(stage, lasting(1_500))),
    one('database cut off', 5, async () => {
      site.databaseLine.cut();
      await lasting(1_000);
      site.healDatabase();
    }),
    one('database connections ended', 4, async () => {
      await site.db.raw(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    }),
    ...storeFaults(stage, lasting),
  ];
}

function storeFaults({ site }: Stage, lasting: (ms: number) => Promise<void>) {
  const { s3, disk } = site;
  const wrong = (kind: FaultKind, answer: 'error-500' | 'error-503' | 'cut') =>
    s3 === null
      ? []
      : [
          {
            weight: 5,
            fault: {
              kind,
              async happen() {
                s3.misbehave = () => answer;
                await lasting(1_500);
                s3.misbehave = null;
              },
            },
          },
        ];
  const full =
    disk === null
      ? []
      : [
          {
            weight: 6,
            fault: {
              kind: 'disk full' as const,
              async happen() {
                await disk.fill();
                await lasting(1_000);
                await disk.empty();
              },
            },
          },
        ];
  return [
    ...wrong('S3 answers 500', 'error-500'),
    ...wrong('S3 answers 503', 'error-503'),
    ...wrong('S3 breaks off', 'cut'),
    ...full,
  ];
}

async function weather(site: Site, now: Parameters<Site['line']['weather']>[0], over: Promise<void>): Promise<void> {
  site.line.weather(now);
  await over;
  site.line.weather(FAIR);
}

async function jump({ clients, gateways, random }: Stage, over: Promise<void>): Promise<void> {
  const who = pick([...clients, ...gateways], random);
  who.tell({ kind: 'clock', offsetMs: Math.round((2 * random() - 1) * LONGEST_JUMP_MS) });
  await over;
  who.tell({ kind: 'clock', offsetMs: 0 });
}

function pick<T>(list: readonly T[], random: () => number): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error('nobody there');
  return found;
}

export function chooseFault(choices: ReturnType<typeof faultsOf>, random: () => number): Fault {
  const sum = choices.reduce((total, { weight }) => total + weight, 0);
  let left = random() * sum;
  for (const { weight, fault } of choices) if ((left -= weight) < 0) return fault;
  return pick(choices, random).fault;
}

/** Mulberry32: the same order of faults for the same seed. When each of them strikes depends on the machine. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
