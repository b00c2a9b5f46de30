import { parseArgs } from 'node:util';
import { lookForText, TEXT_AND_FLOW, USUALLY_TEXT } from '../../client/core/pixels/text/look.js';
import { createTextReader } from '../../client/node/pixels/text-reader.js';
import { createExample } from '../support/burned-in/example.js';
import { type Score, scoreOf, sum } from '../support/burned-in/score.js';

/**
 * How much of burned-in text is found on pictures of seeds that the detector has not learned from (it learned from odd ones):
 * `npm run campaign:burned-in -- --seed 0 --runs 60 [--words]`. `--words` reads, too, as the program does with each first frame.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    runs: { type: 'string', default: '60' },
    words: { type: 'boolean' },
  },
});

const reader = values.words === true ? createTextReader() : null;
const scores = new Map<string, Score[]>();
const times: number[] = [];
for (let run = 0; run < Number(values.runs); run++) {
  const example = createExample(2 * (Number(values.seed) + run));
  const started = performance.now();
  const { boxes } = await lookForText(
    example.picture,
    example.scene === 'ultrasound' ? TEXT_AND_FLOW : USUALLY_TEXT,
    reader,
  );
  times.push(performance.now() - started);
  const key = `${example.scene}, ${example.coding}`;
  scores.set(key, [...(scores.get(key) ?? []), scoreOf(example, boxes)]);
}

const print = (name: string, list: readonly Score[]): void => {
  const { tokens, covered, wrongPixels, pixels } = sum(list);
  const found = ((100 * covered) / tokens).toFixed(1);
  const wrong = ((100 * wrongPixels) / pixels).toFixed(2);
  process.stdout.write(
    `${name.padEnd(22)} ${String(list.length).padStart(4)} pictures ${String(tokens).padStart(5)} tokens `,
  );
  process.stdout.write(`${found.padStart(5)} % covered ${wrong.padStart(5)} % of area wrong\n`);
};
for (const [name, list] of [...scores].sort()) print(name, list);
print('all', [...scores.values()].flat());
const middle = [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;
process.stdout.write(`median ${Math.round(middle)} ms a picture\n`);
process.exit(0);
