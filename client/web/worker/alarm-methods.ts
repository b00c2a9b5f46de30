import { confirmPassphrase } from '../../core/account/confirm-passphrase.js';
import { reportPolicy } from '../../core/account/policy-report.js';
import { reportSettled, settleAlarm } from '../../core/directory/settle-alarm.js';
import { type DeskApi } from '../desk/api.js';
import { WebError } from '../ports/error.js';
import { listEvidence, loadEvidence } from '../ports/account-database.js';
import { alarmView } from './alarm-view.js';
import { type Door } from './door.js';

type AlarmMethods = 'settleAlarm' | 'alarmHistory' | 'evidence' | 'checkPolicy';

/** A person looks at what the directory was caught at, and decides (docs/spec/directory.md §8). */
export function alarmMethods(door: Door): Pick<DeskApi, AlarmMethods> {
  return {
    settleAlarm: async ({ root, reason, passphrase }) => {
      const { account, desk, tell } = door.office().session;
      await confirmPassphrase(account, passphrase);
      await settleAlarm(account, desk.relay, { root, reason }, desk.clock.now());
      tell({ kind: 'alarm', alarm: alarmView(account) });
      // What has waited is opened, and the other devices are told; the person need not wait for that.
      void door.sync();
      return null;
    },
    alarmHistory: async () => {
      const { account, database } = door.office().session;
      return { settled: reportSettled(account), evidence: await listEvidence(database) };
    },
    evidence: async ({ name }) => {
      const bytes = await loadEvidence(door.office().session.database, name);
      if (bytes === null) throw new WebError('not-here', 'no such evidence');
      return new Uint8Array(bytes);
    },
    checkPolicy: ({ text }) => Promise.resolve(reportPolicy(new TextEncoder().encode(text))),
  };
}
