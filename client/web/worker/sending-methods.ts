import { type DeskApi } from '../desk/api.js';
import { type InstanceApi } from '../desk/picture.js';
import { serve } from '../desk/rpc.js';
import { codeOf } from './codes.js';
import { nameOf } from './contact-methods.js';
import { deidentify, preview } from './deidentifying.js';
import { guardFindings } from './guard.js';
import { sourceMethods } from './instance-source.js';
import { type Door } from './door.js';

type SendingMethods =
  | 'collect'
  | 'collectedPictures'
  | 'previewDeidentified'
  | 'deidentify'
  | 'dropCollection'
  | 'guard'
  | 'send'
  | 'stopSending'
  | 'giveUp'
  | 'resumeSending'
  | 'handlesOf';

/** Writing a message, from the files that are chosen to the last byte that is durable at the relay. */
export function sendingMethods(door: Door): Pick<DeskApi, SendingMethods> {
  const sendings = async () => (await door.office().writing()).sendings;
  const collections = async () => (await door.office().writing()).collections;
  return {
    collect: async ({ chosen }, { signal, report }) => (await collections()).collect(chosen, signal, report),
    collectedPictures: async ({ id, port }) => {
      const { middleOf } = await collections();
      serve<InstanceApi>(
        port,
        sourceMethods((seriesUid) => middleOf(id, seriesUid)),
        codeOf,
      );
      port.start();
      return null;
    },
    previewDeidentified: async ({ id, seriesUid, how }, { signal }) => {
      const source = (await collections()).middleOf(id, seriesUid);
      return preview(door.office().session.account, source, seriesUid, how, signal);
    },
    deidentify: async ({ id, leftOut, how }, call) => {
      const made = await collections();
      const { studies, view } = await deidentify(door.office().session.account, made.studiesOf(id, leftOut), how, call);
      if (view.blocked.length === 0) made.keepDeidentified(id, studies);
      return view;
    },
    dropCollection: async ({ id }) => ((await collections()).drop(id), null),
    guard: async ({ to, collectionId, leftOut }) => {
      const { session } = door.office();
      const studies = (await collections()).studiesOf(collectionId, leftOut);
      const practiceNameOf = (address: string) =>
        nameOf(session, address)?.name ?? session.namesSeen.get(address) ?? null;
      return guardFindings({ account: session.account, index: session.index, to, studies, practiceNameOf });
    },
    send: async (input) => ({ messageId: await (await sendings()).send(input) }),
    stopSending: async ({ messageId }) => ((await sendings()).stop(messageId), null),
    giveUp: async ({ messageId }) => (await (await sendings()).giveUp(messageId), null),
    resumeSending: async ({ messageId, chosen }) => (await (await sendings()).resume(messageId, chosen), null),
    handlesOf: async ({ messageId }) => (await sendings()).handlesOf(messageId),
  };
}
