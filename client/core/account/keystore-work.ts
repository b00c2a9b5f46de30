import { SealError } from '../../../crypto/seal/error.js';
import { createKeystore, openKeystore } from '../../../crypto/seal/keystore.js';
import { ready } from '../../../crypto/seal/suite.js';
import { type KeystoreAnswer, type KeystoreOpened, type KeystoreTask, type KeystoreWorker } from '../ports.js';

export async function performKeystoreTask(task: KeystoreTask): Promise<KeystoreAnswer> {
  await ready();
  try {
    return { kind: 'opened', ...perform(task) };
  } catch (error) {
    if (error instanceof SealError) return { kind: 'refused', code: error.code };
    throw error;
  }
}

function perform(task: KeystoreTask): KeystoreOpened {
  if (task.kind === 'create') {
    return { content: task.content, ...createKeystore(task.passphrase, task.content, task.kdf) };
  }
  const { passphrase, bytes } = task;
  return { bytes, ...openKeystore(bytes, { kind: 'passphrase', passphrase }) };
}

/** @throws SealError with the code of the refusal */
export async function openWith(worker: KeystoreWorker, task: KeystoreTask): Promise<KeystoreOpened> {
  const answer = await worker(task);
  if (answer.kind === 'opened') return answer;
  throw new SealError(answer.code, 'the keystore was refused');
}
