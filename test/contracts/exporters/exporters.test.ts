import {exported, onnx, readCsvTable, readCsvTensors, readTensors} from './command-line.js';
import {exporterContract} from './contract.js';

const tensors = ['dataset', 'embedding', 'model'] as const;

for (const format of ['safetensors', 'npy', 'npz'])
  exporterContract(exported(format, {takes: tensors, readTensors, keepsTypes: true}));
exporterContract(exported('csv', {takes: [...tensors, 'table'], readTensors: readCsvTensors, readTable: readCsvTable}));
exporterContract(exported('png', {takes: [...tensors, 'table', 'figure']}));
exporterContract(onnx({takes: ['model'], readTensors, keepsTypes: true}));
