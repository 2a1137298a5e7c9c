import { openBench } from './setup';
import { storeSuite } from './store-suite';

storeSuite('the SQLite store', () => openBench());
