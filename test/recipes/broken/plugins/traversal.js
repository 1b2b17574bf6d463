// A plugin whose outputs would be written elsewhere.
export const node = {
  type: 'acme/traversal',
  summary: 'Leads out',
  example: '',
  params: {type: 'object', properties: {split: {type: 'boolean'}}},
  inputs: {},
  usesTensors: false,
  outputs: ({params}) =>
    params.split ? {data: {kind: 'dataset', splits: {'../train': {}}}} : {'../../out': {kind: 'figure'}},
  run: async () => ({}),
};
