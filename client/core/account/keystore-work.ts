import { SealError } from '../../../crypto/seal/error.js';
import { addSlot, changePassphrase, createKeystore, openKeystore, removeSlot } from '../../../crypto/seal/keystore.js';
import { ready } from '../../../crypto/seal/suite.js';
import {
  type KeystoreAnswer,
  type KeystoreOpened,
  type KeystoreTask,
  type KeystoreWorker,
  type SlotChange,
} from '../ports.js';

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
  if (task.kind === 'open') return { bytes: task.bytes, ...openKeystore(task.bytes, task.credential) };
  const { masterKey } = task;
  return { bytes: changeSlots(task.bytes, masterKey, task.change), content: new Uint8Array(0), masterKey };
}

function changeSlots(bytes: Uint8Array, masterKey: Uint8Array, change: SlotChange): Uint8Array {
  switch (change.kind) {
    case 'add':
      return addSlot(bytes, masterKey, change.slot).bytes;
    case 'remove':
      return removeSlot(bytes, masterKey, change.slotId);
    case 'replace':
      return changePassphrase(bytes, change.current, change.passphrase, change.kdf);
  }
}

/** @throws SealError with the code of the refusal */
export async function openWith(worker: KeystoreWorker, task: KeystoreTask): Promise<KeystoreOpened> {
  const answer = await worker(task);
  if (answer.kind === 'opened') return answer;
  throw new SealError(answer.code, 'the keystore was refused');
}
