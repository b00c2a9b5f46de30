import { loadRelayRecord } from '../../server/data-folder.js';

/** The database of the relay that runs on a data folder. */
export async function readDatabaseUrl(dataDir: string): Promise<string> {
  return (await loadRelayRecord(dataDir)).databaseUrl;
}
