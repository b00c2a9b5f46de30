/**
 * Maps up to `atOnce` items at a time and yields the results in the order of the items. When one fails, or the consumer leaves, no
 * further item is started.
 */
export async function* mapOrdered<T, R>(
  items: AsyncIterable<T>,
  atOnce: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = map(item);
    // It is awaited later; until then its failure must not count as unhandled.
    result.catch(() => undefined);
    running.push(result);
    const oldest = running.length < atOnce ? undefined : running.shift();
    if (oldest !== undefined) yield await oldest;
  }
  for (const result of running) yield await result;
}

/**
 * Pulls items ahead of the consumer, as long as those that it has not taken weigh no more than `budget` together. When the
 * consumer leaves, `items` is closed.
 */
export async function* readAhead<T extends object>(
  items: AsyncIterable<T>,
  budget: number,
  weigh: (item: T) => number,
): AsyncGenerator<T, void, undefined> {
  const ready: T[] = [];
  const news = createSignal();
  const room = createSignal();
  let weight = 0;
  let state: 'running' | 'ended' | 'left' = 'running';
  let failure: { readonly error: unknown } | null = null;

  async function pump(): Promise<void> {
    try {
      for await (const item of items) {
        ready.push(item);
        weight += weigh(item);
        news.give();
        while (weight > budget && state === 'running') await room.wait();
        if (state !== 'running') return;
      }
    } catch (error) {
      failure = { error };
    } finally {
      if (state === 'running') state = 'ended';
      news.give();
    }
  }

  const pumping = pump();
  try {
    for (;;) {
      const item = ready.shift();
      if (item !== undefined) {
        yield item;
        weight -= weigh(item);
        room.give();
      } else if (state === 'running') await news.wait();
      else break;
    }
  } finally {
    state = 'left';
    room.give();
    await pumping;
  }
  rethrow(failure);
}

function rethrow(failure: { readonly error: unknown } | null): void {
  if (failure !== null) throw failure.error;
}

/** One waits, another gives; what is given while nobody waits is kept for the next wait. */
function createSignal(): { wait(): Promise<void>; give(): void } {
  let given = false;
  let waiting: (() => void) | null = null;
  return {
    wait: () =>
      new Promise((resolve) => {
        if (given) resolve();
        else waiting = resolve;
        given = false;
      }),
    give() {
      if (waiting === null) given = true;
      else waiting();
      waiting = null;
    },
  };
}
