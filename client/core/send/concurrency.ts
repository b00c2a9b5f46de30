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
