import { Session } from 'node:inspector';

/** What V8 says was executed for the first time since the last question: an input that reaches new code is worth keeping. */
export interface Coverage extends Disposable {
  /** Functions of our own files of which more has been reached than before. */
  news(): number;
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Taken {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly Range[] }[];
  }[];
}

export function startCoverage(): Coverage {
  const session = new Session();
  session.connect();
  const post = (method: string, parameters: object = {}): unknown => {
    let answer: unknown;
    // Answers of the inspector to its own thread come before `post` returns.
    session.post(method, parameters, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  };
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  const seen = new Set<string>();
  return {
    news() {
      const { result } = post('Profiler.takePreciseCoverage') as Taken;
      let news = 0;
      for (const { url, functions } of result) {
        if (!/\/(crypto|client|server)\//.test(url) || /node_modules|\/test\//.test(url)) continue;
        for (const { ranges } of functions) {
          // What is left of a function that has not been reached: it only ever gets less.
          const left = ranges.map(({ startOffset, endOffset, count }) => `${startOffset} ${endOffset} ${count > 0}`);
          const key = `${url} ${left.join()}`;
          if (seen.has(key)) continue;
          seen.add(key);
          news += 1;
        }
      }
      return news;
    },
    [Symbol.dispose]() {
      session.disconnect();
    },
  };
}
