import { performKeystoreTask } from '../../core/account/keystore-work.js';
import { type KeystoreTask } from '../../core/ports.js';
import { type Channel, serve } from '../desk/rpc.js';
import { type DeskEvent } from '../desk/view.js';
import { KEYSTORE_ROLE } from '../ports/keystore-worker.js';
import { codeOf } from './codes.js';
import { createMethods, laterMethod } from './methods.js';
import { createDoor } from './office.js';

/**
 * The one script of both workers. By its name it knows its role: the desk, where core and all cryptography run, or a single
 * derivation of a keystore's key, after which the desk ends it.
 */
const scope = self as unknown as Channel & { readonly name: string };

if (scope.name === KEYSTORE_ROLE) {
  scope.addEventListener('message', ({ data }: MessageEvent<KeystoreTask>) => {
    void performKeystoreTask(data).then((answer) => scope.postMessage(answer));
  });
} else {
  let tell: (event: DeskEvent) => void = () => undefined;
  const door = createDoor((event) => tell(event));
  tell = serve(scope, createMethods(door), codeOf, laterMethod(door));
}
