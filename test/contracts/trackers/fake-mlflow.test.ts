import {startFakeMlflow} from '../../trackers/mlflow/fake-mlflow.js';
import {trackerContract} from './contract.js';
import {mlflowHarness} from './mlflow.js';

trackerContract(mlflowHarness('a fake MLflow', startFakeMlflow));
