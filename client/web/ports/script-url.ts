/** The page's policy asks for typed script addresses: only the two workers of this build become one. */

interface ScriptPolicy {
  createScriptURL(url: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { readonly createScriptURL: (url: string) => string }): ScriptPolicy;
}

let policy: ScriptPolicy | null = null;
/** The policy is made once; who asks first need not know what others will. */
const ofThisBuild = new Set<string>();

/** @param allowed addresses of this build, below the own origin */
export function scriptUrl(url: string, allowed: readonly string[]): string {
  if (!allowed.includes(url)) throw new TypeError('not a script of this build');
  for (const one of allowed) ofThisBuild.add(one);
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) return url;
  policy ??= trustedTypes.createPolicy('bildbote', {
    createScriptURL: (asked) => {
      if (!ofThisBuild.has(asked)) throw new TypeError('not a script of this build');
      return asked;
    },
  });
  return policy.createScriptURL(url);
}
