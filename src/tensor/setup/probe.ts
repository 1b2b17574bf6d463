import {writeSync} from 'node:fs';
import {loadTensorFlow, tf} from '../tensorflow.js';

// run by `pipeline doctor` as a process of its own: says what loads, or ends with an error
const {version, device} = await loadTensorFlow();
const [sum] = tf.tidy(() => tf.sum(tf.matMul(tf.ones([8, 8]), tf.ones([8, 8]))).dataSync());
if (sum !== 512) throw new Error(`Expected a product of 8×8 matrices of ones to add up to 512, got ${sum}`);
writeSync(1, `${version} on ${device}\n`);
