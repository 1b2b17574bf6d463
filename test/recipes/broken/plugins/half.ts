// A definition without `run`.
export const node = {
  type: 'acme/half',
  summary: 'Half',
  example: '',
  params: {type: 'object', properties: {}},
  inputs: {},
  usesTensors: false,
  prepare: () => ({}),
  outputs: () => ({}),
};
