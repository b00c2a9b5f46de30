import { assert } from 'chai';
import { createInFlight } from '../../../../client/core/relay/in-flight.js';

const PART_BYTES = 4 * 1024 * 1024;

interface Line {
  readonly roundTripMs: number;
  readonly bytesPerMs: number;
}

/** So many requests on a line that carries one after the other, each answered a round trip after it has passed. */
function carried(line: (n: number) => Line, requests: number) {
  let nowMs = 0;
  const inFlight = createInFlight({ least: 3, most: 8, nowMs: () => nowMs });
  const answers: number[] = [];
  let freeMs = 0;
  const limits: number[] = [];
  for (let n = 0; n < requests; n++) {
    while (answers.length >= inFlight.limit) {
      nowMs = Math.max(nowMs, answers.shift() ?? nowMs);
      inFlight.ended(PART_BYTES);
    }
    const { roundTripMs, bytesPerMs } = line(n);
    freeMs = Math.max(freeMs, nowMs) + PART_BYTES / bytesPerMs;
    answers.push(freeMs + roundTripMs);
    limits.push(inFlight.limit);
  }
  return { limits, ms: Math.max(...answers) };
}

describe('requests under way', () => {
  const mostOf = (limits: readonly number[]): number => Math.max(...limits);

  it('become more where the round trip is long and the line is not full', () => {
    const { limits, ms } = carried(() => ({ roundTripMs: 150, bytesPerMs: 200_000 }), 200);
    assert.equal(mostOf(limits), 8);
    assert.equal(limits.at(-1), 8);
    // With three all the time each takes a third of 171 ms.
    assert.isBelow(ms, (0.6 * 200 * 171) / 3);
  });

  it('stay few where the line is full', () => {
    const { limits } = carried(() => ({ roundTripMs: 30, bytesPerMs: 5000 }), 300);
    const more = limits.filter((limit) => limit > 3).length;
    assert.isAtMost(mostOf(limits), 4);
    assert.isBelow(more / limits.length, 0.2);
  });

  it('follow a line that changes', () => {
    const slow = { roundTripMs: 20, bytesPerMs: 5000 };
    const fast = { roundTripMs: 150, bytesPerMs: 200_000 };
    const { limits } = carried((n) => (n < 150 ? slow : fast), 500);
    assert.isAtMost(mostOf(limits.slice(0, 150)), 4);
    assert.equal(mostOf(limits.slice(150)), 8);
  });

  it('never leave their bounds', () => {
    let nowMs = 0;
    const inFlight = createInFlight({ least: 2, most: 5, nowMs: () => nowMs });
    for (let n = 0; n < 5000; n++) {
      nowMs += (n * 7919) % 97;
      inFlight.ended(((n * 104_729) % 1000) * 1000);
      assert.isAtLeast(inFlight.limit, 2);
      assert.isAtMost(inFlight.limit, 5);
    }
  });
});
