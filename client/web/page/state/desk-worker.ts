import { type DeskApi } from '../../desk/api.js';
import { type Client, connect } from '../../desk/rpc.js';
import { type DeskEvent } from '../../desk/view.js';
import { scriptUrl } from '../../ports/script-url.js';

/** The worker in which all keys and all plaintext of the account live. Ending it is locking it. */
export interface DeskWorker extends Client<DeskApi> {
  /** From here on no key and no received byte is in memory, but what the page itself still shows. */
  terminate(): void;
}

const SCRIPTS = [BILDBOTE_WORKER, BILDBOTE_READER, BILDBOTE_PICTURES];

export function startDeskWorker(onEvent: (event: DeskEvent) => void): DeskWorker {
  const worker = new Worker(scriptUrl(BILDBOTE_WORKER, SCRIPTS), { type: 'module', name: 'desk' });
  const client = connect<DeskApi>(worker, (event) => onEvent(event as DeskEvent));
  worker.addEventListener('error', () => client.end('internal-error'));
  return {
    ...client,
    terminate() {
      worker.terminate();
      client.end('account-locked');
    },
  };
}

/** The report reader's worker: it sees one report, and can reach nobody. */
export function startReaderWorker(): Worker {
  return new Worker(scriptUrl(BILDBOTE_READER, SCRIPTS), { type: 'module', name: 'reader' });
}

/** A worker that decodes pictures: it holds no key, and reads what the desk gives it of one message. */
export function startPictureWorker(): Worker {
  return new Worker(scriptUrl(BILDBOTE_PICTURES, SCRIPTS), { type: 'module', name: 'pictures' });
}
