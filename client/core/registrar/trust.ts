import { type RegistrarId } from '../../../crypto/wire/ids.js';
import { MAX_TRUSTED } from '../../../crypto/wire/own-state.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { tellOwnDevices } from '../send/own-message.js';

/**
 * docs/spec/names.md §4: only a person changes whose word for a name counts, and he does it for all devices of the mailbox.
 * @throws CoreError `too-large` beyond a hundred registrars
 */
export async function trustRegistrar(desk: Desk, registrarId: RegistrarId, how: 'trust' | 'distrust'): Promise<void> {
  const { account } = desk;
  const trusted = new Set(account.state.registrars);
  if (how === 'trust') trusted.add(registrarId);
  else trusted.delete(registrarId);
  if (trusted.size > MAX_TRUSTED) throw new CoreError('too-large', 'too many registrars');
  const registrars = [...trusted];
  await tellOwnDevices(desk, { op: 'registrars', registrars });
  await account.record({ kind: 'registrars', registrars });
}
