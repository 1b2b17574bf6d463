export {nearest, pack} from './nearest';
