import {node} from '#tfpipe/nodes/train/forest.js';
import {trainsTrees} from './trees.js';

trainsTrees(node, {trees: 20, featuresPerSplit: 'sqrt', leafExamples: 1, bootstrap: true}, 2);
