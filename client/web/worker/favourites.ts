import { type Account } from '../../core/account/account.js';

/** Addresses that somebody has marked, sealed like everything that says with whom the practice writes. */
export interface Favourites {
  has(address: string): boolean;
  list(): readonly string[];
  set(address: string, isFavourite: boolean): Promise<void>;
}

const LOG = 'favourites';

export async function openFavourites(account: Account): Promise<Favourites> {
  const log = await account.openLog(LOG);
  const marked = new Set<string>();
  const apply = ([address, isFavourite]: readonly [string, boolean]): void => {
    if (isFavourite) marked.add(address);
    else marked.delete(address);
  };
  for await (const record of log.read()) apply(JSON.parse(new TextDecoder().decode(record)) as [string, boolean]);
  return {
    has: (address) => marked.has(address),
    list: () => [...marked],
    async set(address, isFavourite) {
      if (marked.has(address) === isFavourite) return;
      await log.append(new TextEncoder().encode(JSON.stringify([address, isFavourite])));
      apply([address, isFavourite]);
    },
  };
}
