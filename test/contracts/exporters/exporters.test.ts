import {exporters} from '#tfpipe/exporters/index.js';
import {readCsvTable, readCsvTensors, readTensors} from './command-line.js';
import {exporterContract, type Readers} from './contract.js';

const readers: Readonly<Record<keyof typeof exporters, Readers>> = {
  safetensors: {readTensors, keepsTypes: true},
  npy: {readTensors, keepsTypes: true},
  npz: {readTensors, keepsTypes: true},
  csv: {readTensors: readCsvTensors, readTable: readCsvTable},
  png: {},
  onnx: {readTensors, keepsTypes: true},
};

for (const [name, exporter] of Object.entries(exporters)) exporterContract(exporter, readers[name as keyof typeof exporters]);
