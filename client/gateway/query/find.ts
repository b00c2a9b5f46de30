import { COMMAND, STATUS, isPending } from '../dimse/command.js';
import { DimseError } from '../dimse/error.js';
import { type Association, type Remote, openAssociation } from '../dimse/requestor.js';
import { IMPLICIT_LITTLE_ENDIAN, PATIENT_ROOT_FIND, STUDY_ROOT_FIND, WORKLIST_FIND } from '../dimse/uids.js';
import { GatewayError } from '../error.js';
import { type DicomJson } from '../received/data-set.js';
import { type Key, encodeIdentifier, parseIdentifier } from '../dimse/identifier.js';

/** C-FIND as SCU (PS3.4 §C.4.1, annex K). */

export type FindModel = 'patient' | 'study' | 'worklist';

const CLASSES: Readonly<Record<FindModel, string>> = {
  patient: PATIENT_ROOT_FIND,
  study: STUDY_ROOT_FIND,
  worklist: WORKLIST_FIND,
};

export interface Found {
  readonly rows: readonly DicomJson[];
  /** There are more than were asked for. */
  readonly isCut: boolean;
}

/**
 * What a PACS answers to a query, at most `limit` rows.
 * @throws GatewayError `pacs-unreachable`, `pacs-rejected`, `pacs-refused`, `association-broken`
 */
export async function find(remote: Remote, model: FindModel, keys: readonly Key[], limit: number): Promise<Found> {
  const abstractSyntax = CLASSES[model];
  const association = await openAssociation(remote, [
    { id: 1, abstractSyntax, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN] },
  ]);
  try {
    if (association.accepted(1) === null) throw new GatewayError('pacs-rejected', 'no such query there');
    const found = await ask(association, abstractSyntax, keys, limit);
    // Of a query that is not heard to its end the peer learns by the end of the association.
    if (!found.isCut) await association.release().catch(() => undefined);
    return found;
  } catch (error) {
    if (error instanceof DimseError) throw new GatewayError('association-broken', error.code, { cause: error });
    throw error;
  } finally {
    association.abort();
  }
}

async function ask(association: Association, sopClassUid: string, keys: readonly Key[], limit: number): Promise<Found> {
  async function* identifier(): AsyncGenerator<Uint8Array, void, undefined> {
    yield await Promise.resolve(encodeIdentifier(keys));
  }
  const command = { field: COMMAND.findRq, messageId: 1, priority: 0, hasDataSet: true, sopClassUid };
  const rows: DicomJson[] = [];
  let answer = await association.request(1, command, identifier());
  for (;;) {
    const { field, respondedTo, status } = answer.command;
    if (field !== COMMAND.findRsp || respondedTo !== 1) throw new DimseError('pdu-unexpected');
    if (status === STATUS.success) return { rows, isCut: false };
    if (!isPending(status)) throw new GatewayError('pacs-refused', status.toString(16));
    if (rows.length === limit) return { rows, isCut: true };
    if (answer.dataSet !== null) rows.push(await parseIdentifier(answer.dataSet, IMPLICIT_LITTLE_ENDIAN));
    answer = await association.more();
  }
}
