import type {Exporter} from '../../core/exporter.js';

/** A network, or trees, for Python, C++, browsers and phones. */
export const onnx: Exporter = {
  format: 'onnx',
  takes: ['model'],
  files: async (stem, value) => {
    if (value.kind !== 'model') return [];
    const {toOnnx} = await import('./model.js');
    return [{name: `${stem}.onnx`, content: toOnnx(value.architecture, value.weights).bytes}];
  },
};
