import { secondSigner } from '../log-note/generate.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';

/** Policies as C2SP's tlog-policy writes them; one log is a rule of ours. */
export interface PolicyVector extends Vector {
  readonly policy: string;
  /** In its one spelling. */
  readonly canonical?: string;
  /** Sets of witnesses, by name, and whether they are enough. */
  readonly quorums?: readonly { readonly names: readonly string[]; readonly enough: boolean }[];
}

const log = secondSigner('log', 'relay.example/log', 1).vkey;
const otherLog = secondSigner('log', 'relay.example/other', 2).vkey;
const [a = '', b = '', c = ''] = [11, 12, 13].map((seed, i) => secondSigner('witness', `witness.example/w${i}`, seed).vkey);
const sameKey = secondSigner('witness', 'witness.example/again', 11).vkey;
const witnesses = `witness A ${a}\nwitness B ${b}\nwitness C ${c}\n`;
const head = `log ${log}\n${witnesses}`;

type Case = readonly [description: string, expect: string, policy: string, more?: Partial<PolicyVector>];

const CASES: Readonly<Record<string, Case>> = {
  valid: [
    'Two of three',
    'valid',
    `${head}group two 2 A B C\nquorum two\n`,
    {
      canonical: `${head}group two 2 A B C\nquorum two\n`,
      quorums: [
        { names: [], enough: false },
        { names: ['B'], enough: false },
        { names: ['A', 'C'], enough: true },
        { names: ['A', 'B', 'C'], enough: true },
        { names: ['A', 'D', 'E'], enough: false },
      ],
    },
  ],
  'valid-nested': [
    'One of two, and a third in any case; addresses, comments and space are no part of it',
    'valid',
    `# whose word counts\n\n\tlog ${log} https://relay.example/log\nwitness A ${a} https://a.example/w\n  witness  B  ${b}\nwitness C ${c}\ngroup either any A B\ngroup both all either C\nquorum both\n`,
    {
      canonical: `${head}group either 1 A B\ngroup both 2 either C\nquorum both\n`,
      quorums: [
        { names: ['A', 'B'], enough: false },
        { names: ['C'], enough: false },
        { names: ['B', 'C'], enough: true },
      ],
    },
  ],
  'valid-one': ['One witness', 'valid', `log ${log}\nwitness A ${a}\nquorum A\n`, { quorums: [{ names: ['A'], enough: true }, { names: [], enough: false }] }],
  'valid-none': ['No witness', 'valid', `log ${log}\nquorum none\n`, { canonical: `log ${log}\nquorum none\n`, quorums: [{ names: [], enough: true }] }],
  'quorum-missing': ['No quorum', 'policy-format', head],
  'quorum-twice': ['Two quorums', 'policy-format', `${head}quorum A\nquorum B\n`],
  'quorum-unknown': ['A quorum that is not defined', 'policy-format', `${head}quorum D\n`],
  'quorum-defined-later': ['A quorum that is defined below', 'policy-format', `log ${log}\nquorum A\nwitness A ${a}\n`],
  'log-missing': ['No log', 'policy-format', `${witnesses}quorum A\n`],
  'log-twice': ['Two logs', 'policy-format', `log ${otherLog}\n${head}quorum A\n`],
  'log-key-of-witness': ['A witness’s key as the log’s', 'key-format', `log ${a}\nquorum none\n`],
  'witness-key-of-log': ['A log’s key as a witness’s', 'key-format', `log ${log}\nwitness A ${otherLog}\nquorum A\n`],
  'witness-key-id': ['A key with the id of another', 'key-format', `log ${log}\nwitness A ${a.replace(/\+[0-9a-f]{8}\+/, '+00000000+')}\nquorum A\n`],
  'witness-twice': ['One key under two names', 'policy-format', `${head}witness D ${sameKey}\nquorum A\n`],
  'name-twice': ['One name twice', 'policy-format', `log ${log}\nwitness A ${a}\nwitness A ${b}\nquorum A\n`],
  'name-none': ['A witness called none', 'policy-format', `log ${log}\nwitness none ${a}\nquorum none\n`],
  'group-empty': ['A group without members', 'policy-format', `${head}group g all\nquorum g\n`],
  'group-zero': ['A group that needs nobody', 'policy-format', `${head}group g 0 A B\nquorum g\n`],
  'group-too-many': ['A group that needs more than it has', 'policy-format', `${head}group g 3 A B\nquorum g\n`],
  'group-leading-zero': ['A threshold in another spelling', 'policy-format', `${head}group g 02 A B\nquorum g\n`],
  'group-member-twice': ['A member twice', 'policy-format', `${head}group g 2 A A B\nquorum g\n`],
  'group-member-of-two': ['A witness in two groups', 'policy-format', `${head}group g any A B\ngroup h all g A\nquorum h\n`],
  'group-of-itself': ['A group within itself', 'policy-format', `${head}group g any g\nquorum g\n`],
  'group-none': ['A group with none in it', 'policy-format', `${head}group g any none\nquorum g\n`],
  'line-unknown': ['An unknown line', 'policy-format', `${head}mirror A\nquorum A\n`],
  'line-unended': ['The last line does not end', 'policy-format', `${head}quorum A`],
  'carriage-return': ['A control character', 'policy-format', `${head}quorum A\r\n`],
};

export async function generatePolicyVectors(): Promise<VectorSet<PolicyVector>> {
  const entries = Object.entries(CASES).map(
    ([name, [description, expect, policy, more]]) => [name, { description, expect, ...more, policy }] as const,
  );
  return Promise.resolve(Object.fromEntries(entries));
}

await writeVectorsWhenRun(import.meta.url, generatePolicyVectors);
