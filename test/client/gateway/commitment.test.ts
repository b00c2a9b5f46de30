import { expect } from 'chai';
import { COMMAND } from '../../../client/gateway/dimse/command.js';
import { type Key, encodeIdentifier } from '../../../client/gateway/dimse/identifier.js';
import { openAssociation } from '../../../client/gateway/dimse/requestor.js';
import { STORAGE_COMMITMENT } from '../../../client/gateway/dimse/uids.js';
import { createCommitments } from '../../../client/gateway/pacs/commitment.js';
import { firstText } from '../../../client/gateway/received/data-set.js';
import { scpWith } from '../../support/gateways.js';
import { type Said, scriptedPacs } from '../../support/scripted-pacs.js';

const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'none',
    (error: { code?: unknown }) => error.code,
  );
const text = (tag: number, vr: string, value: string): Key => ({ tag, vr, value });

describe('storage commitment', () => {
  const references = [
    { sopClassUid: '1.2', sopInstanceUid: '1.2.1' },
    { sopClassUid: '1.2', sopInstanceUid: '1.2.2' },
  ];
  const done: Said = { command: { field: COMMAND.actionRsp, status: 0 } };
  const reportOf = (transactionUid: string, kept: readonly string[]): Uint8Array =>
    encodeIdentifier([
      text(0x00081195, 'UI', transactionUid),
      {
        tag: 0x00081199,
        vr: 'SQ',
        value: kept.map((uid) => [text(0x00081150, 'UI', '1.2'), text(0x00081155, 'UI', uid)]),
      },
    ]);

  it('is believed from the PACS that was asked, about what was asked, once', async () => {
    await using pacs = await scriptedPacs(() => [done]);
    const commitments = createCommitments();
    const answered: string[] = [];
    commitments.events.subscribe(({ key }) => void answered.push(key));
    // The gateway's port, as the PACS sees it.
    const intake = { opened: () => () => undefined, sink: () => expect.fail('no instance') };
    const report: typeof commitments.report = (one, titles) => commitments.report(one, titles);
    await using scp = await scpWith(0, intake, { report, titles: ['BILDBOTE'], callers: ['PACS', 'OTHER'] });
    expect(await commitments.ask(pacs.config, 'm1', references)).to.equal('asked');
    const transaction = firstText(pacs.asked[0]?.identifier ?? {}, '00081195');
    const tell = async (callingAe: string, uid: string, kept: readonly string[], eventType = 1): Promise<number> => {
      const remote = { host: '127.0.0.1', port: scp.port, calledAe: 'BILDBOTE', callingAe, tls: null, timeoutMs: 5000 };
      const association = await openAssociation(
        remote,
        [{ id: 1, abstractSyntax: STORAGE_COMMITMENT, transferSyntaxes: ['1.2.840.10008.1.2'] }],
        [{ sopClassUid: STORAGE_COMMITMENT, scu: false, scp: true }],
      );
      const command = {
        field: COMMAND.eventReportRq,
        messageId: 1,
        hasDataSet: true,
        eventType,
        sopClassUid: STORAGE_COMMITMENT,
      };
      const dataSet = async function* () {
        yield await Promise.resolve(reportOf(uid, kept));
      };
      const { command: answer } = await association.request(
        1,
        { ...command, sopInstanceUid: '1.2.840.10008.1.20.1.1' },
        dataSet(),
      );
      await association.release();
      expect(answer.field).to.equal(COMMAND.eventReportRsp);
      return answer.status;
    };
    await tell('OTHER', transaction, ['1.2.1', '1.2.2']);
    await tell('PACS', '2.25.1', ['1.2.1', '1.2.2']);
    expect(await tell('PACS', transaction, ['1.2.1'], 9)).to.equal(0x0113);
    expect(commitments.state('m1')?.kind).to.equal('asked');
    expect(await tell('PACS', transaction, ['1.2.1', '9.9.9'])).to.equal(0);
    const state = commitments.state('m1');
    expect(state?.kind === 'answered' && [...state.kept]).to.deep.equal(['1.2.1']);
    await tell('PACS', transaction, ['1.2.1', '1.2.2']);
    expect(answered).to.deep.equal(['m1']);
  });

  it('says so where it is not offered, or refused', async () => {
    const commitments = createCommitments();
    await using none = await scriptedPacs(
      () => [],
      () => false,
    );
    expect(await commitments.ask(none.config, 'm1', references)).to.equal('not-offered');
    await using refusing = await scriptedPacs(() => [{ command: { field: COMMAND.actionRsp, status: 0x0110 } }]);
    expect(await codeOf(commitments.ask(refusing.config, 'm1', references))).to.equal('pacs-refused');
    expect(commitments.state('m1')).to.equal(null);
  });
});
