export {kernelWeights} from './affinities';
export {columnsThrough, kernelSpectrum, rowsBack, rowsForward} from './convolution';
export {nearest, pack} from './nearest';
export {excessRanks} from './ranks';
export {attract, move, repel, spread} from './tsne';
