import {startMlflow} from '../../trackers/mlflow/server.js';
import {trackerContract} from './contract.js';
import {mlflowHarness} from './mlflow.js';

trackerContract(mlflowHarness('MLflow', startMlflow));
