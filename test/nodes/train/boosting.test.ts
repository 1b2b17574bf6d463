import {node} from '#tfpipe/nodes/train/boosting.js';
import {trainsTrees} from './trees.js';

trainsTrees(node, {rounds: 10, rate: 0.1, leaves: 8, leafExamples: 10, features: 1, l2: 0}, 10);
