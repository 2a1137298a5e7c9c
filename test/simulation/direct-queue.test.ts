import { openDirectQueue } from '../../src/simulation/direct-queue';

const queue = () => openDirectQueue({ concurrency: 1 } as never);
