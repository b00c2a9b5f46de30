import { type DeskApi } from '../desk/api.js';
import { Moved } from '../desk/rpc.js';
import { type FrameView } from '../desk/view.js';
import { decodeFrame } from '../image/frame.js';
import { nameOf } from './contact-methods.js';
import { guardFindings } from './guard.js';
import { type Door } from './office.js';

type SendingMethods =
  | 'collect'
  | 'collectedFrame'
  | 'dropCollection'
  | 'guard'
  | 'send'
  | 'stopSending'
  | 'giveUp'
  | 'resumeSending'
  | 'handlesOf';

/** Writing a message, from the files that are chosen to the last byte that is durable at the relay. */
export function sendingMethods(door: Door): Pick<DeskApi, SendingMethods> {
  const sendings = () => door.office().sendings;
  const collections = () => door.office().collections;
  return {
    collect: ({ chosen }, { signal, report }) => collections().collect(chosen, signal, report),
    collectedFrame: async ({ id, seriesUid }) =>
      movedFrame(await decodeFrame(collections().middleOf(id, seriesUid), 0)),
    dropCollection: ({ id }) => Promise.resolve((collections().drop(id), null)),
    guard: ({ to, collectionId, leftOut }) => {
      const { session } = door.office();
      const studies = collections().studiesOf(collectionId, leftOut);
      const practiceNameOf = (address: string) =>
        nameOf(session, address)?.name ?? session.namesSeen.get(address) ?? null;
      return Promise.resolve(
        guardFindings({ account: session.account, index: session.index, to, studies, practiceNameOf }),
      );
    },
    send: async (input) => ({ messageId: await sendings().send(input) }),
    stopSending: ({ messageId }) => Promise.resolve((sendings().stop(messageId), null)),
    giveUp: async ({ messageId }) => (await sendings().giveUp(messageId), null),
    resumeSending: async ({ messageId, chosen }) => (await sendings().resume(messageId, chosen), null),
    handlesOf: ({ messageId }) => sendings().handlesOf(messageId),
  };
}

function movedFrame(view: FrameView): Moved<FrameView> {
  return new Moved(view, [view.kind === 'gray' ? view.values.buffer : view.rgba.buffer]);
}
