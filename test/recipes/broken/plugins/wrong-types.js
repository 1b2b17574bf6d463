// Written in JavaScript, where no compiler says what a node type must give.
export const node = {
  type: 'acme/wrong-types',
  summary: 'Gives what no node type may.',
  example: '',
  params: {type: 'object', properties: {gives: {type: 'string'}}},
  inputs: {},
  usesTensors: false,
  lacks: ({gives}) => (gives === 'a backend' ? 'everything' : undefined),
  prepare: ({gives}, _inputs, report) => {
    if (gives === 'an odd report') report('odd');
    if (gives === 'a long report') report({path: ['with', 'gives'], message: `Expected less, got ${'much '.repeat(1e5)}`});
    return gives;
  },
  outputs: (gives) => {
    if (gives === 'a promise') return Promise.resolve({});
    if (gives === 'an odd kind') return {port: {kind: 'odd'}};
    if (gives === 'an odd name') return JSON.parse('{"__proto__": {"kind": "figure"}}');
    return {};
  },
  run: async () => ({}),
};
