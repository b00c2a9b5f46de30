import { type Import } from '../account/own-state.js';
import { type Account } from '../account/account.js';
import { type Desk } from '../desk.js';
import { tellOwnDevices } from '../contacts/own-devices.js';
import { type About, targetOf, workOf } from './reading.js';

/**
 * A message into a PACS of the practice, asked for by a person and done by a device that stands beside the PACS
 * (docs/spec/envelope.md §4.3). The asking goes sealed over the own mailbox: the browser reaches no other machine of the practice.
 */

export async function askToImport(desk: Desk, letter: About, pacs: string): Promise<void> {
  await tellOwnDevices(desk, { op: 'import', target: targetOf(letter), pacs });
}

export async function tellImported(
  desk: Desk,
  letter: About,
  done: { readonly pacs: string; readonly instances: number; readonly total: number },
): Promise<void> {
  await tellOwnDevices(desk, { op: 'imported', target: targetOf(letter), ...done });
}

/** Tells in which PACS this device stores when it is asked, unless the others know it. */
export async function offerPacs(desk: Desk, names: readonly string[]): Promise<void> {
  const { state, content } = desk.account;
  const told = state.own.pacs.get(content.device.deviceId) ?? [];
  const isKnown = told.length === names.length && told.every((name) => names.includes(name));
  if (!isKnown) await tellOwnDevices(desk, { op: 'pacs', names });
}

export function importsOf(account: Account, letter: About): ReadonlyMap<string, Import> {
  return workOf(account, letter).imports;
}
