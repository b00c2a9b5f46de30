import { SealError } from '../../../crypto/seal/error.js';
import { changePassphrase, createKeystore, openKeystore } from '../../../crypto/seal/keystore.js';
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
  const credential = { kind: 'passphrase', passphrase: task.passphrase } as const;
  if (task.kind === 'open') return { bytes: task.bytes, ...openKeystore(task.bytes, credential) };
  // The new passphrase opens what was just written, or nothing is replaced.
  const bytes = changePassphrase(task.bytes, credential, task.next, task.kdf);
  return { bytes, ...openKeystore(bytes, { kind: 'passphrase', passphrase: task.next }) };
}

/** @throws SealError with the code of the refusal */
export async function openWith(worker: KeystoreWorker, task: KeystoreTask): Promise<KeystoreOpened> {
  const answer = await worker(task);
  if (answer.kind === 'opened') return answer;
  throw new SealError(answer.code, 'the keystore was refused');
}
