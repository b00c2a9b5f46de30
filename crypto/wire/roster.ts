import { type CborValue } from './cbor.js';
import { type DeviceId, deviceIdFrom, idBytes } from './ids.js';
import { type Member, encodeMember, parseMember } from './member.js';
import { asArray, asBytes, asText, asUint } from './shape.js';

/** What devices of a mailbox are called, told among themselves in sealed messages (docs/spec/envelope.md §4.2). */
export interface RosterEntry {
  readonly deviceId: DeviceId;
  readonly name: string;
  /** Checked against the tag in the chain. */
  readonly member: Member;
}

export const MAX_DEVICE_NAME = 100;
/** As many as a chain may have in force. */
const MAX_ENTRIES = 150;

export function encodeRoster(entries: readonly RosterEntry[]): CborValue {
  return entries.map(({ deviceId, name, member }) => [idBytes(deviceId), name, encodeMember(member)]);
}

/** @throws WireError `shape` */
export function parseRoster(value: CborValue | undefined): RosterEntry[] {
  const items = asArray(value);
  asUint(items.length, MAX_ENTRIES);
  return items.map((item) => {
    const [deviceId, name, member] = asArray(item, 3);
    return {
      deviceId: deviceIdFrom(asBytes(deviceId)),
      name: asText(name, MAX_DEVICE_NAME),
      member: parseMember(member),
    };
  });
}
