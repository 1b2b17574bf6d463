export {kernelWeights} from './affinities';
export {columnsThrough, kernelSpectrum, rowsBack, rowsForward} from './convolution';
export {nearest, pack} from './nearest';
export {pyramid} from './pyramid';
export {clusterDistances, excessRanks} from './ranks';
export {rankClasses} from './retrieval';
export {svmRound, svmSlack} from './svm';
export {attract, move, repel, spread} from './tsne';
