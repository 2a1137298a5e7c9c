import { type MutantResult, placeOf } from './mutant';

/** A line for each mutant that was tested: a sample takes long. */
export class Progress {
  onMutantTested(result: MutantResult): void {
    if (result.status === 'CompileError' || result.status === 'Ignored') return; // not drawn, or not judged
    console.error(`${result.status} ${placeOf(result)} ${result.mutatorName}: ${result.replacement.slice(0, 80)}`);
  }
}
