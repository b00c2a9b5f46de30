import { useEffect, useMemo, useRef, useState } from 'react';
import { type LetterView } from '../../desk/view.js';
import { type ObjectView } from '../../desk/picture.js';
import { type Frames } from './frames.js';
import { type FoundObject, objectsIn } from './stacks.js';

/** Presentation states, key objects, reports and documents of the messages, read as they come. One that cannot be read says nothing. */
export function useObjects(frames: Frames, letters: readonly LetterView[]): readonly FoundObject[] {
  const [views, setViews] = useState<ReadonlyMap<string, ObjectView>>(new Map());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    for (const letter of letters) {
      const here = new Set(letter.here);
      for (const { fileId } of objectsIn(letter)) {
        const id = `${letter.key} ${fileId}`;
        if (!here.has(fileId) || asked.current.has(id)) continue;
        asked.current.add(id);
        frames.object(letter.key, fileId).then(
          (view) => setViews((before) => new Map(before).set(id, view)),
          () => undefined,
        );
      }
    }
  }, [frames, letters]);
  return useMemo(
    () =>
      letters.flatMap((letter) =>
        objectsIn(letter).flatMap(({ fileId, study, series }) => {
          const view = views.get(`${letter.key} ${fileId}`);
          return view === undefined ? [] : [{ letter: letter.key, fileId, study, series, view }];
        }),
      ),
    [letters, views],
  );
}
