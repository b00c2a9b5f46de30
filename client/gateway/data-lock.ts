import { privateFolder } from '../node/durable.js';
import { NodeError } from '../node/error.js';
import { lockKeystore } from '../node/keystore-lock.js';
import { GatewayError } from './error.js';

/** One gateway at a time works with a data folder. @throws GatewayError `data-in-use` */
export async function lockData(folder: string): Promise<AsyncDisposable> {
  await privateFolder(folder);
  try {
    return await lockKeystore(folder);
  } catch (error) {
    if (!(error instanceof NodeError) || error.code !== 'keystore-in-use') throw error;
    throw new GatewayError('data-in-use', 'another gateway works with this data folder', { cause: error });
  }
}
