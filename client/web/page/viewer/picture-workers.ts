import { type PictureApi } from '../../desk/picture.js';
import { type Answer, type Client, DeskError, type Input, connect } from '../../desk/rpc.js';
import { type DeskWorker, startPictureWorker } from '../state/desk-worker.js';

/** Workers that read and decode one message's instances, without keys. They start when they are needed, and end with the viewer. */
export interface PictureWorkers {
  /** @throws DeskError; `image-invalid` too for a picture whose decoder hangs or falls */
  run<K extends PictureTask>(task: K, input: Input<PictureApi[K]>): Promise<Answer<PictureApi[K]>>;
  /** How many tasks keep them busy. */
  readonly capacity: number;
  close(): void;
}

export type PictureTask = Exclude<keyof PictureApi, 'use'>;

/** More at once would take a practice's machine from those who work at it. */
const MOST_WORKERS = 4;
/** One is read while another one is decoded. */
const TASKS_A_WORKER = 2;
/** The slowest honest picture (a mammogram in JPEG 2000) takes 4 seconds on an old machine. */
const TIMEOUT_MS = 45_000;

interface Hand {
  readonly worker: Worker;
  readonly client: Client<PictureApi>;
  readonly isReady: Promise<unknown>;
  running: number;
}

export function createPictureWorkers(desk: DeskWorker, letterKey: string): PictureWorkers {
  const count = Math.min(Math.max(navigator.hardwareConcurrency - 1, 2), MOST_WORKERS);
  const hands: Hand[] = [];
  let isClosed = false;
  const hand = (): Hand => {
    const idle = hands.find(({ running }) => running === 0);
    if (idle !== undefined) return idle;
    if (hands.length < count) {
      const made = startHand(desk, letterKey, (broken) => void hands.splice(hands.indexOf(broken), 1));
      hands.push(made);
      return made;
    }
    return hands.reduce((least, one) => (one.running < least.running ? one : least));
  };
  return {
    capacity: count * TASKS_A_WORKER,
    async run(task, input) {
      if (isClosed) throw new DeskError('account-locked');
      const one = hand();
      one.running += 1;
      // A decoder that hangs takes its worker with it, and nothing else.
      const timer = setTimeout(() => endHand(hands, one), TIMEOUT_MS);
      try {
        await one.isReady;
        return await one.client.call(task, input);
      } finally {
        clearTimeout(timer);
        one.running -= 1;
      }
    },
    close() {
      isClosed = true;
      for (const one of hands.splice(0)) endHand(hands, one);
    },
  };
}

function startHand(desk: DeskWorker, letterKey: string, onBroken: (hand: Hand) => void): Hand {
  const worker = startPictureWorker();
  const client = connect<PictureApi>(worker, () => undefined);
  const { port1, port2 } = new MessageChannel();
  const isReady = Promise.all([
    desk.call('pictures', { key: letterKey, port: port1 }, { transfer: [port1] }),
    client.call('use', { port: port2 }, { transfer: [port2] }),
  ]);
  const hand: Hand = { worker, client, isReady, running: 0 };
  worker.addEventListener('error', () => {
    onBroken(hand);
    client.end('image-invalid');
  });
  return hand;
}

function endHand(hands: Hand[], hand: Hand): void {
  const at = hands.indexOf(hand);
  if (at >= 0) hands.splice(at, 1);
  hand.worker.terminate();
  hand.client.end('image-invalid');
}
