import { expect } from 'chai';
import { createCodecModules } from '../../../../client/node/pixels/codec-modules.js';
import { Moved } from '../../../../client/web/desk/rpc.js';
import { WebError } from '../../../../client/web/ports/error.js';
import { type MessageStore } from '../../../../client/web/ports/message-store.js';
import { instanceMethods } from '../../../../client/web/worker/instance-source.js';
import { pictureMethods } from '../../../../client/web/worker/picture-desk.js';
import { file } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';

/** What picture workers are asked, and what they can ask for. */

const CALL = { signal: new AbortController().signal, report: () => undefined };

async function codeOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => 'nothing thrown',
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe('a picture worker', () => {
  it('opens an instance once for all of its frames, and forgets those that were not looked at for long', async () => {
    const opened: string[] = [];
    const methods = pictureMethods(
      () => (fileId) => {
        opened.push(fileId);
        return Promise.resolve(memorySource(fileId, file()));
      },
      createCodecModules(),
    );
    const place = (fileId: string): Promise<unknown> => methods.place({ fileId, frame: 0 }, CALL);
    for (let i = 0; i < 3; i++) await place('a');
    expect(opened).to.deep.equal(['a']);
    for (const fileId of ['b', 'c', 'd', 'e', 'f', 'g', 'a']) await place(fileId);
    expect(opened).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'a']);
  });

  it('tries again what had not come, and moves pictures instead of copying them', async () => {
    let isHere = false;
    const methods = pictureMethods(
      () => (fileId) => {
        if (!isHere) throw new WebError('not-here', 'not verified yet');
        return Promise.resolve(memorySource(fileId, file()));
      },
      createCodecModules(),
    );
    const frame = (): Promise<unknown> => Promise.resolve().then(() => methods.frame({ fileId: 'a', frame: 0 }, CALL));
    expect(await codeOf(frame())).to.equal('not-here');
    isHere = true;
    const answer = await frame();
    expect(answer).to.be.instanceOf(Moved);
    expect((answer as Moved<unknown>).transfer).to.have.length(1);
    expect(await codeOf(methods.frame({ fileId: 'a', frame: 9 }, CALL))).to.equal('image-invalid');
    expect(await methods.object({ fileId: 'a' }, CALL)).to.deep.equal({ kind: 'other' });
  });
});

describe('what the desk gives a picture worker', () => {
  const bytes = Uint8Array.from({ length: 700_000 }, (_, i) => i % 251);
  const store = {
    sizeOf: (fileId: string) => (fileId === 'mine' ? bytes.length : null),
    read: (_fileId: string, offset: number, length: number) => Promise.resolve(bytes.slice(offset, offset + length)),
  } as unknown as MessageStore;
  const methods = instanceMethods((fileId) => {
    if (fileId === 'mine') return store;
    throw new WebError('not-here', 'no such file');
  });

  it('is the size and the beginning at once, and any piece later', async () => {
    const opened = (await methods.open({ fileId: 'mine' }, CALL)) as Moved<{ size: number; head: Uint8Array }>;
    expect(opened.value.size).to.equal(bytes.length);
    expect(Buffer.compare(opened.value.head, bytes.subarray(0, 640 * 1024))).to.equal(0);
    const piece = (await methods.read({ fileId: 'mine', offset: 690_000, length: 50_000 }, CALL)) as Moved<Uint8Array>;
    expect(Buffer.compare(piece.value, bytes.subarray(690_000))).to.equal(0);
  });

  it('is of its message alone, and never more than a frame at once', async () => {
    expect(await codeOf(methods.open({ fileId: 'another' }, CALL))).to.equal('not-here');
    expect(await codeOf(methods.read({ fileId: 'another', offset: 0, length: 1 }, CALL))).to.equal('not-here');
    expect(await codeOf(methods.read({ fileId: 'mine', offset: 0, length: 2 ** 40 }, CALL))).to.equal('image-invalid');
  });
});
