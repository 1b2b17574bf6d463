// A plugin whose outputs would be written elsewhere.
export const node = {
  type: 'acme/traversal',
  summary: 'Leads out',
  example: '',
  params: {type: 'object', properties: {split: {type: 'boolean'}}},
  inputs: {},
  usesTensors: false,
  prepare: (params) => params,
  outputs: ({split}) =>
    split ? {data: {kind: 'dataset', splits: {'../train': {}}}} : {'../../out': {kind: 'figure'}},
  run: async () => ({}),
};
