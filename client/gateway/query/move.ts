import { COMMAND, STATUS, type Suboperations, isPending } from '../dimse/command.js';
import { DimseError } from '../dimse/error.js';
import { type Association, type Remote, openAssociation } from '../dimse/requestor.js';
import { IMPLICIT_LITTLE_ENDIAN, STUDY_ROOT_MOVE } from '../dimse/uids.js';
import { GatewayError } from '../error.js';
import { type Key, encodeIdentifier } from '../dimse/identifier.js';

/** C-MOVE as SCU (PS3.4 §C.4.2). */

export interface MovedStudy {
  readonly studyInstanceUid: string;
  /** Null for all. */
  readonly seriesInstanceUids: readonly string[] | null;
}

export interface MoveRemote extends Remote {
  /** Whether something has come elsewhere in this time: while a study travels a PACS may be silent on the association that asked for it. */
  isActive(quietMs: number): boolean;
}

export interface MoveOrder {
  readonly destination: string;
  readonly messageId: number;
  readonly study: MovedStudy;
  readonly signal: AbortSignal;
}

/** As long as something comes, a study may take. */
const LONGEST_MS = 6 * 3_600_000;

/**
 * @returns how many instances the PACS has sent, null where it does not count
 * @throws GatewayError `pacs-unreachable`, `pacs-rejected`, `pacs-refused`, `association-broken`, `move-destination-unknown`, `fetch-incomplete`
 */
export async function move(remote: MoveRemote, order: MoveOrder): Promise<number | null> {
  const context = { id: 1, abstractSyntax: STUDY_ROOT_MOVE, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN] };
  const association = await openAssociation({ ...remote, idleMs: LONGEST_MS }, [context]);
  const abort = (): void => association.abort();
  const watch = setInterval(() => void (remote.isActive(remote.timeoutMs) || abort()), 1000);
  order.signal.addEventListener('abort', abort, { once: true });
  try {
    if (association.accepted(1) === null) throw new GatewayError('pacs-rejected', 'no retrieve there');
    const sent = await ask(association, order);
    await association.release().catch(() => undefined);
    return sent;
  } catch (error) {
    if (error instanceof DimseError) throw new GatewayError('association-broken', error.code, { cause: error });
    throw error;
  } finally {
    clearInterval(watch);
    order.signal.removeEventListener('abort', abort);
    association.abort();
  }
}

async function ask(association: Association, { destination, messageId, study }: MoveOrder): Promise<number | null> {
  async function* identifier(): AsyncGenerator<Uint8Array, void, undefined> {
    yield await Promise.resolve(encodeIdentifier(keysOf(study)));
  }
  const command = { field: COMMAND.moveRq, messageId, priority: 0, hasDataSet: true, sopClassUid: STUDY_ROOT_MOVE };
  let answer = await association.request(1, { ...command, destination }, identifier());
  for (;;) {
    const { field, respondedTo, status, suboperations } = answer.command;
    if (field !== COMMAND.moveRsp || respondedTo !== messageId) throw new DimseError('pdu-unexpected');
    if (!isPending(status)) return ended(status, suboperations);
    answer = await association.more();
  }
}

/** PS3.4 Table C.4-2. */
const DESTINATION_UNKNOWN = 0xa801;

function ended(status: number, { completed, failed, warning }: Suboperations): number | null {
  if (status === DESTINATION_UNKNOWN) throw new GatewayError('move-destination-unknown', 'a801');
  const isOver = status === STATUS.success || (status & 0xf000) === 0xb000;
  if (!isOver) throw new GatewayError('pacs-refused', status.toString(16));
  // A warning means that some could not be sent: half a study is none.
  if ((failed ?? 0) > 0) throw new GatewayError('fetch-incomplete', `${failed} failed`);
  return completed === null ? null : completed + (warning ?? 0);
}

function keysOf({ studyInstanceUid, seriesInstanceUids }: MovedStudy): Key[] {
  const level = { tag: 0x00080052, vr: 'CS', value: seriesInstanceUids === null ? 'STUDY' : 'SERIES' };
  const study = { tag: 0x0020000d, vr: 'UI', value: studyInstanceUid };
  if (seriesInstanceUids === null) return [level, study];
  return [level, study, { tag: 0x0020000e, vr: 'UI', value: seriesInstanceUids.join('\\') }];
}
