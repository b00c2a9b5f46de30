import { toHex } from '../../core/ids.js';
import { type VerifiedFile } from '../../core/media/medium-writer.js';
import { writeMedium } from '../../core/media/write-media.js';
import { CoreError } from '../../core/error.js';
import { type Letter } from '../../core/receive/inbox.js';
import { type MediumPlace, type SavedMedium } from '../desk/api.js';
import { type Call } from '../desk/rpc.js';
import { openMediumTarget } from '../ports/medium-target.js';
import { instanceSource } from './instance-source.js';
import { type Office } from './door.js';

/** A DICOM medium of a message that is complete and verified, and of no other. @throws CoreError `payload-incomplete` */
export async function saveMedium(
  { session, arrivals }: Office,
  letter: Letter,
  place: MediumPlace,
  { signal, report }: Call,
): Promise<SavedMedium> {
  if (arrivals.stateOf(letter).kind !== 'complete') throw new CoreError('payload-incomplete', 'not all is here');
  const plans = arrivals.plansOf(letter);
  const { createSha256, clock } = session.desk;
  const target = await openMediumTarget(place, clock.now());
  try {
    const written = await writeMedium({
      studies: plans.flatMap((plan) => plan.studies),
      documents: plans.flatMap((plan) => plan.documents),
      openFile: ({ fileId }) => verified(instanceSource(arrivals.storeOf(letter, fileId), fileId), createSha256),
      info: {
        messageId: letter.stored.header.messageId,
        from: letter.from,
        receivedMs: letter.stored.acceptedMs,
        createdMs: clock.now(),
      },
      sink: target.sink,
      createSha256,
      signal,
      onProgress: ({ bytes }) => report({ bytes }),
    });
    const { instances, files, bytes } = written;
    return { blob: await target.finish(), instances, files, bytes };
  } catch (error) {
    await target.discard();
    throw error;
  }
}

/** It was held against its digest when it came, and has been sealed since: what opens is what was verified. */
async function verified(
  source: VerifiedFile['source'],
  createSha256: Office['session']['desk']['createSha256'],
): Promise<VerifiedFile> {
  const hash = createSha256();
  for await (const chunk of source.stream()) hash.update(chunk);
  return { source, sha256: toHex(hash.digest()) };
}
